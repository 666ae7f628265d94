#!/usr/bin/env bash
# Starts Oarlock on deploy/quickstart and says what to try, once it is ready.
set -euo pipefail
cd "$(dirname "$0")/.."
node deploy/quickstart/echo.mjs 4400 &
echo=$!
node dist/main.js serve -c deploy/quickstart/oarlock.yaml &
server=$!
trap 'kill -TERM $server $echo 2>/dev/null; wait $server' INT TERM
trap 'kill $echo 2>/dev/null' EXIT
until node dist/main.js health ready -e http://127.0.0.1:4456 >/dev/null 2>&1; do
  kill -0 $server 2>/dev/null || { wait $server; exit; }
  sleep 0.2
done
cat <<'TRY'

Oarlock is ready: decisions on http://127.0.0.1:4456, gRPC for Envoy on 127.0.0.1:4457. Try, in another terminal of this folder:

  curl -i http://127.0.0.1:4456/decisions/public/news                                                        # 200, X-User: guest
  curl -i http://127.0.0.1:4456/decisions/orders/7                                                           # 401: no token
  curl -i -H "Authorization: Bearer $(cat deploy/quickstart/token.txt)" http://127.0.0.1:4456/decisions/orders/7   # 200, X-User: alice

As a reverse proxy, on http://127.0.0.1:4455, in front of a small upstream that shows what reached it:

  curl -i -H "X-User: root" http://127.0.0.1:4455/public/news   # 200; the upstream sees X-User: guest
  curl -i http://127.0.0.1:4455/orders/7                        # 401, and the upstream is not asked

What it has loaded, and what it has counted:

  curl -s http://127.0.0.1:4456/rules
  curl -s http://127.0.0.1:9000/metrics | grep oarlock_decisions_total

The rules are in deploy/quickstart/rules.yaml; a change takes effect when it is saved. Ctrl-C stops.
TRY
wait $server
