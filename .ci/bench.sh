#!/usr/bin/env bash
# Installs the load generators, Envoy and Redis where they are missing, measures, and writes the pages again. See
# test/bench/bench.ts for the options.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v wrk >/dev/null || ! command -v h2load >/dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends wrk nghttp2-client procps >/dev/null
fi
.ci/envoy.sh
.ci/redis.sh
# Thousands of connections are open in the benchmark and in the server.
ulimit -n "$(ulimit -Hn)"
node --import tsx test/bench/bench.ts "$@"
node --import tsx .ci/generate-benchmark-pages.ts
