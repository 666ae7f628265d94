#!/usr/bin/env bash
# Needs Go 1.26. Renders the templates of test/support/go-templates/cases with the real Go; the results are committed.
set -euo pipefail
cd "$(dirname "$0")/../test/support/go-templates"
go run . ../../golden/templates
