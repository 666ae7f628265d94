#!/usr/bin/env bash
# Types, lint, import directions, licences, generated files; without --static also the unit tests.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache
npx tsc -p test/tsconfig.json &
types=$!
trap 'wait $types' EXIT
npx biome check --config-path=.ci/lint.jsonc --error-on-warnings .
cruised=$(npx depcruise --config .ci/arrows.cjs src) || { echo "$cruised"; exit 1; }
echo "$cruised"
# A parser that does not understand the sources would find nothing and pass.
[[ $cruised =~ \(([0-9]+)\ modules ]] && [ "${BASH_REMATCH[1]}" -gt 50 ]
node .ci/licences.mjs
node --import tsx .ci/generate-schema.ts --check
node --import tsx .ci/generate-rule-schema.ts --check
node --import tsx .ci/generate-validators.ts --check
node --import tsx .ci/generate-contract.ts --check
node --import tsx .ci/generate-handler-docs.ts --check
node --import tsx .ci/generate-config-docs.ts --check
node --import tsx .ci/generate-cli-docs.ts --check
node --import tsx .ci/generate-benchmark-pages.ts --check
wait $types
[ "${1:-}" = --static ] || .ci/test.sh test/unit
