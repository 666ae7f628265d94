#!/usr/bin/env bash
# Renders the golden templates with the real Go. Needs Go 1.24 or newer; the results are committed.
set -euo pipefail
cd "$(dirname "$0")/../test/support/go-templates"
go run .
