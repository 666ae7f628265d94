#!/usr/bin/env bash
# Runs the tests below the folders given (default: all) and ends with one line: N passed, N failed.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache
mapfile -t files < <(find "${@:-test}" -name '*.test.ts' | sort)
[ "${#files[@]}" -gt 0 ] || { echo "no test files below ${*:-test}"; exit 1; }
results=.cache/results-$$.tap
node --import tsx --import ./.ci/typescript-threads.mjs --test --test-concurrency=2 --test-timeout=600000 \
  --test-reporter=./.ci/reporter.mjs --test-reporter-destination=stdout \
  --test-reporter=tap --test-reporter-destination="$results" "${files[@]}"
status=$?
trap "rm -f $results" EXIT
count() { sed -n "s/^# $1 //p" "$results" | tail -n 1; }
failed=$(($(count fail) + $(count cancelled)))
echo "$(count pass) passed, $failed failed"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ]
