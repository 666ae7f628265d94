#!/usr/bin/env bash
# Installs the load generators where they are missing, then measures. See test/bench/bench.ts for the options.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v wrk >/dev/null || ! command -v h2load >/dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends wrk nghttp2-client procps >/dev/null
fi
node --import tsx test/bench/bench.ts
