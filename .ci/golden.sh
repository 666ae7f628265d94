#!/usr/bin/env bash
# Renders the templates of test/support/go-templates/cases with the real Go; the results are committed.
set -euo pipefail
cd "$(dirname "$0")/.."
source .ci/go.sh
cd test/support/go-templates
go run . ../../golden/templates
