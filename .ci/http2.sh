#!/usr/bin/env bash
# What the tests of HTTP/2 at the gRPC port need: h2spec, and clients that are not Node's (grpcurl, ghz, Python's grpcio, h2load, curl).
set -euo pipefail
cd "$(dirname "$0")/.."
missing=()
command -v h2load >/dev/null || missing+=(nghttp2-client)
command -v curl >/dev/null || missing+=(curl)
if [ "${#missing[@]}" -gt 0 ]; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
if [ ! -f .venv/grpcio ]; then
  [ -x .venv/bin/pip ] || python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check grpcio==1.76.0
  touch .venv/grpcio
fi
install() {
  [ -x ".venv/go/$1" ] && return
  source .ci/go.sh
  GOBIN="$PWD/.venv/go" GOFLAGS=-ldflags=-s go install "$2"
}
install h2spec github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible
install grpcurl github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4
install ghz github.com/bojand/ghz/cmd/ghz@v0.93.0
