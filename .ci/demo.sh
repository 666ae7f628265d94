#!/usr/bin/env bash
# A small upstream, Oarlock and the real Envoy, as in envoy-examples/grpc: shows an allowed, an unauthenticated and a
# forbidden request. The documented ports are used where they are free.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
pids=()
stop() {
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

ports=$(node -e '
  const { createServer } = require("node:net")
  const take = port => new Promise(resolve => {
    const server = createServer()
    server.once("error", () => resolve(take(0)))
    server.listen(port, "127.0.0.1", () => resolve(server))
  })
  Promise.all([10000, 10001, 4456, 4457].map(take)).then(servers => {
    console.log(servers.map(server => server.address().port).join(" "))
    for (const server of servers) server.close()
  })')
read -r edge upstream api grpc <<<"$ports"

moved() { sed -E "s/\b10000\b/$edge/; s/\b10001\b/$upstream/; s/\b4456\b/$api/; s/\b4457\b/$grpc/" "$1" >"$2"; }
moved envoy-examples/grpc/envoy.yaml "$folder/envoy.yaml"
moved envoy-examples/grpc/oarlock.yaml "$folder/oarlock.yaml"

start() {
  local name=$1
  shift
  "$@" >"$folder/$name.log" 2>&1 &
  pids+=($!)
}
ready() {
  local name=$1 url=$2
  for _ in $(seq 150); do
    curl -s -o /dev/null "$url" && return
    kill -0 "${pids[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  echo "$name did not start:" >&2
  cat "$folder/$name.log" >&2
  exit 1
}
start upstream node envoy-examples/upstream.mjs "$upstream"
ready upstream "http://127.0.0.1:$upstream/"
start oarlock env SERVE_PROMETHEUS_PORT=0 node dist/main.js serve -c "$folder/oarlock.yaml"
ready oarlock "http://127.0.0.1:$api/health/ready"
start envoy .venv/bin/envoy -c "$folder/envoy.yaml" --use-dynamic-base-id --concurrency 1 --log-level warn
ready envoy "http://127.0.0.1:$edge/"

echo "Envoy on $edge asks Oarlock (gRPC, $grpc) and forwards to a small upstream on $upstream."
echo "Rules: envoy-examples/grpc/rules.yaml. The client tries to pass for root each time."
token=$(cat deploy/quickstart/token.txt)
failures=0

# show TITLE EXPECTED PATH [TOKEN]
show() {
  local title=$1 expected=$2 path=$3 status credential=()
  local shown="curl -H 'X-User: root'"
  if [ -n "${4:-}" ]; then
    credential=(-H "Authorization: Bearer $4")
    shown+=' -H "Authorization: Bearer $(cat deploy/quickstart/token.txt)"'
  fi
  printf '\n== %s\n$ %s http://127.0.0.1:%s%s\n' "$title" "$shown" "$edge" "$path"
  status=$(curl -s -o "$folder/body" -w '%{http_code}' -H 'X-User: root' "${credential[@]}" "http://127.0.0.1:$edge$path")
  echo "HTTP $status"
  if [ "$status" = 200 ]; then
    echo "the upstream saw: $(grep -E '^ +"(path|x-user)"' "$folder/body" | tr -d ' \n' | sed 's/,$//; s/,"/, "/')"
  else
    cat "$folder/body"
  fi
  [ "$status" = "$expected" ] || { echo "expected $expected"; failures=$((failures + 1)); }
}

show 'Allowed: a valid token' 200 /orders/7 "$token"
grep -q '"x-user": "alice"' "$folder/body" || { echo 'expected the upstream to see x-user: alice'; failures=$((failures + 1)); }
show 'Unauthenticated: no token' 401 /orders/7
show 'Forbidden: nobody may see /admin' 403 /admin "$token"

echo
[ "$failures" -eq 0 ] && echo 'All three as expected.' || { echo "$failures not as expected."; exit 1; }
