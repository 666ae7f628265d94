#!/usr/bin/env bash
# The real kube-apiserver, built from its Go module, and etcd; tests start their own. Seven minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$PWD/.cache/kubernetes
version=v1.34.4
staging=v0.34.4
if ! command -v etcd >/dev/null; then
  apt-get update -qq
  # The package would start a server of its own in run levels that have services.
  RUNLEVEL=1 apt-get install -y -qq --no-install-recommends etcd-server >/dev/null
fi
[ "$(cat "$folder/installed" 2>/dev/null)" = "$version" ] && exit 0
rm -rf "$folder"
mkdir -p "$folder/build"
source .ci/go.sh
cd "$folder/build"
go mod download "k8s.io/kubernetes@$version"
printf 'module build\ngo 1.26\nrequire k8s.io/kubernetes %s\n' "$version" >go.mod
# Its own go.mod names the modules beside it by their folders.
grep -oE '^\s+k8s.io/[a-z0-9-]+ v0.0.0$' "$(go env GOMODCACHE)/cache/download/k8s.io/kubernetes/@v/$version.mod" |
  awk '{print $1}' | sort -u | sed "s#.*#replace & => & $staging#" >>go.mod
go get -tool "k8s.io/kubernetes/cmd/kube-apiserver@$version"
x=k8s.io/component-base/version
# Clients cannot read the version of a server that was built without these.
go build -ldflags "-s -w -X $x.gitVersion=$version -X $x.gitMajor=1 -X $x.gitMinor=34" \
  -o "$folder/kube-apiserver" k8s.io/kubernetes/cmd/kube-apiserver
cd "$folder"
rm -rf build
echo "$version" >installed
