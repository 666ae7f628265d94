#!/usr/bin/env bash
# Amazon's own Runtime Interface Emulator of Lambda, from its Go module; tests start their own.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$PWD/.cache/lambda
version=v0.0.0-20261030222936-bef5c4ba774d
[ "$(cat "$folder/installed" 2>/dev/null)" = "$version" ] && exit 0
rm -rf "$folder"
mkdir -p "$folder"
source .ci/go.sh
GOBIN=$folder go install "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie@$version"
echo "$version" >"$folder/installed"
