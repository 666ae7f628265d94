#!/usr/bin/env bash
# Makes deploy/{envoy-gateway,contour,istio}/samples again: the real control planes over our manifests, without a cluster
# (.ci/samples/api-server.mjs is as much of one as they read). Ten minutes the first time. A difference from what is
# committed fails.
# Emissary's compiler and Gloo are in no package: their samples are written after what those make of such manifests.
set -euo pipefail
cd "$(dirname "$0")/.."
source .ci/go.sh
bin=$PWD/.cache/samples
istio=v0.0.0-20260827124520-eed52ebb66ad
install() { [ -x "$bin/${1##*/}" ] || GOBIN=$bin go install "$1@$2"; }
install github.com/envoyproxy/gateway/cmd/egctl v1.9.1
install github.com/projectcontour/contour/cmd/contour v1.33.8
install istio.io/istio/pilot/cmd/pilot-discovery "$istio"
.ci/envoy.sh

folder=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  pids=()
}
trap 'stop; rm -rf "$folder"' EXIT
start() {
  "$@" >>"$folder/log" 2>&1 &
  pids+=($!)
}
# wait_for URL TEXT
wait_for() {
  for _ in $(seq 300); do
    curl -s "$1" | grep -q "$2" && return
    sleep 0.2
  done
  cat "$folder/log" >&2
  exit 1
}
api=23801 xds=23802 admin=23803
listening() { for _ in $(seq 300); do (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.2; done; cat "$folder/log" >&2; exit 1; }
cat >"$folder/kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: "http://127.0.0.1:$api" } }]
contexts: [{ name: c, context: { cluster: c, user: u } }]
users: [{ name: u, user: {} }]
current-context: c
END
cluster() {
  start node .ci/samples/api-server.mjs "$api" .ci/samples/services.yaml "$@"
  wait_for "http://127.0.0.1:$api/version" gitVersion
}
# dump ADS LISTENER SAMPLE: the configuration that an Envoy received, as a bootstrap.
dump() {
  sed "s/ADMIN/$admin/; s/XDS/$xds/" "$1" >"$folder/envoy.yaml"
  listening "$xds"
  start .venv/bin/envoy -c "$folder/envoy.yaml" --use-dynamic-base-id --concurrency 1 --log-level warn
  wait_for "http://127.0.0.1:$admin/config_dump?include_eds" dynamic_route_configs
  wait_for "http://127.0.0.1:$admin/ready" LIVE
  curl -s "http://127.0.0.1:$admin/config_dump?include_eds" | node .ci/samples/bootstrap.mjs "$2" >"$folder/sample.json"
  stop
  mv "$folder/sample.json" "$3"
  echo "$3"
}

for form in grpc http; do
  (for file in .ci/samples/services.yaml deploy/envoy-gateway/{gateway,$form}.yaml; do cat "$file"; echo ---; done) >"$folder/all.yaml"
  "$bin/egctl" x translate --from gateway-api --to xds -t all -o json -f "$folder/all.yaml" 2>/dev/null |
    node .ci/samples/bootstrap.mjs default/edge/http >"$folder/sample.json"
  mv "$folder/sample.json" "deploy/envoy-gateway/samples/$form.json"
  echo "deploy/envoy-gateway/samples/$form.json"
done

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$folder/key" -out "$folder/cert" -days 2 -subj /CN=app.example \
  -addext subjectAltName=DNS:app.example 2>/dev/null
cat >"$folder/secret.yaml" <<END
apiVersion: v1
kind: Secret
metadata: { name: app-tls, namespace: default }
type: kubernetes.io/tls
data: { tls.crt: $(base64 -w0 "$folder/cert"), tls.key: $(base64 -w0 "$folder/key") }
END
cluster deploy/contour/edge.yaml "$folder/secret.yaml"
start "$bin/contour" serve --kubeconfig "$folder/kubeconfig" --insecure --disable-leader-election \
  --xds-address 127.0.0.1 --xds-port "$xds" --http-address 127.0.0.1 --http-port 23804 \
  --health-address 127.0.0.1 --health-port 23805 --envoy-service-http-port 10080 --envoy-service-https-port 10000
dump .ci/samples/contour-ads.yaml ingress_https deploy/contour/samples/grpc.json

export ENABLE_CA_SERVER=false POD_NAMESPACE=istio-system PILOT_ENABLE_METADATA_EXCHANGE=false PILOT_ENABLE_ALPN_FILTER=false
# Mutual TLS would wait for certificates that nobody issues here.
(cat deploy/istio/mesh-config.yaml; echo 'enableAutoMtls: false'; echo 'defaultProviders: { metrics: [] }') >"$folder/mesh.yaml"
for form in grpc http; do
  cluster .ci/samples/istio.yaml deploy/istio/gateway.yaml "deploy/istio/$form.yaml"
  start "$bin/pilot-discovery" discovery --kubeconfig "$folder/kubeconfig" --meshConfig "$folder/mesh.yaml" \
    --grpcAddr "127.0.0.1:$xds" --httpAddr 127.0.0.1:23804 --monitoringAddr 127.0.0.1:23805 \
    --secureGRPCAddr '' --httpsAddr '' --ctrlz_port 0
  dump .ci/samples/istio-ads.yaml 0.0.0.0_10000 "deploy/istio/samples/$form.json"
done
git diff --exit-code --stat -- deploy/*/samples
[ -z "$(git status --porcelain -- deploy/*/samples)" ] || { git status --short -- deploy/*/samples; exit 1; }
