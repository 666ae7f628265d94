#!/usr/bin/env bash
# The real redis-server, where it is missing; tests start their own.
set -euo pipefail
command -v redis-server >/dev/null && exit 0
apt-get update -qq
# The package would start a server of its own in run levels that have services.
RUNLEVEL=1 apt-get install -y -qq --no-install-recommends redis-server >/dev/null
