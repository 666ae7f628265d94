#!/usr/bin/env bash
# Starts Oarlock on deploy/quickstart and says what to try, once the processes that it started say that they listen:
# whoever answers on a port may be somebody else. The argument is the port of the upstream.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
pids=()
finish() {
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" || true; done
  rm -f "$log"
}
trap finish EXIT
# The server drains, and ends with 0: so does this.
trap 'exit 0' INT TERM

# Writes to the terminal and to the log; an interrupt must not end it before the server has said its last.
node deploy/quickstart/echo.mjs "${1:-4400}" > >(tee -ai "$log") 2>&1 &
pids+=($!)
LOG_LEVEL=info LOG_FORMAT=text node dist/main.js serve -c deploy/quickstart/oarlock.yaml > >(tee -ai "$log") 2>&1 &
pids+=($!)

until grep -q 'upstream listens' "$log" && grep -q 'Oarlock is listening' "$log"; do
  for pid in "${pids[@]}"; do
    kill -0 "$pid" 2>/dev/null || { wait "$pid" || exit; exit 1; }
  done
  sleep 0.1
done
address() { sed -n "s/.*\"Oarlock is listening\".* $1=\([^ ]*\).*/\1/p" "$log"; }
api=$(address api) proxy=$(address proxy) grpc=$(address grpc) metrics=$(address metrics)
cat <<TRY

Oarlock is ready: decisions on http://$api, gRPC for Envoy on $grpc. Try, in another terminal of this folder:

  curl -i http://$api/decisions/public/news                                                        # 200, X-User: guest
  curl -i http://$api/decisions/orders/7                                                           # 401: no token
  curl -i -H "Authorization: Bearer \$(cat deploy/quickstart/token.txt)" http://$api/decisions/orders/7   # 200, X-User: alice

As a reverse proxy, on http://$proxy, in front of a small upstream that shows what reached it:

  curl -i -H "X-User: root" http://$proxy/public/news   # 200; the upstream sees X-User: guest
  curl -i http://$proxy/orders/7                        # 401, and the upstream is not asked

What it has loaded, and what it has counted:

  curl -s http://$api/rules
  curl -s http://$metrics/metrics | grep oarlock_decisions_total

The rules are in deploy/quickstart/rules.yaml; a change takes effect when it is saved. Ctrl-C stops.
TRY
wait "${pids[1]}"
