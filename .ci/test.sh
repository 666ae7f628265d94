#!/usr/bin/env bash
# Runs the tests below the folders given (default: all) and ends with one line: N passed, N failed. COVERAGE=1 adds a line about src.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache
mapfile -t files < <(find "${@:-test}" -name '*.test.ts' | sort)
[ "${#files[@]}" -gt 0 ] || { echo "no test files below ${*:-test}"; exit 1; }
results=.cache/results-$$.txt
trap 'rm -f "$results"' EXIT
coverage=()
[ -z "${COVERAGE:-}" ] || coverage=(--experimental-test-coverage)
node --import tsx --import ./.ci/typescript-threads.mjs --test "${coverage[@]}" --test-concurrency=2 --test-timeout=600000 \
  --test-reporter=./.ci/reporter.mjs "${files[@]}" | tee "$results"
status=$?
# A runner that broke off counted nothing.
[[ $(tail -n 1 "$results") =~ ^([0-9]+)\ passed,\ 0\ failed$ ]] && [ "$status" -eq 0 ] && exit 0
[[ $(tail -n 1 "$results") =~ \ passed,\ [0-9]+\ failed$ ]] || echo "0 passed, 1 failed"
exit 1
