#!/usr/bin/env bash
# The real emulators of S3, Google Cloud Storage and Azure Blob Storage; tests start their own. Half a gigabyte.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$PWD/.cache/buckets
wanted='moto 5.2.5, fake-gcs-server 1.56.1, azurite 3.35.0'
[ "$(cat "$folder/installed" 2>/dev/null)" = "$wanted" ] && exit 0
rm -rf "$folder"
mkdir -p "$folder/npm"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[server]==5.2.5'
npm install --prefix "$folder/npm" --no-save --no-audit --no-fund --loglevel=error azurite@3.35.0
source .ci/go.sh
GOBIN=$folder/bin go install github.com/fsouza/fake-gcs-server@v1.56.1
echo "$wanted" >"$folder/installed"
