#!/usr/bin/env bash
# Runs unit, contract and doors tests on each version of Node that is supported; NODES="20 24" chooses, FILES= chooses tests.
set -uo pipefail
cd "$(dirname "$0")/.."
read -ra versions <<<"${NODES:-20 22 24 26}"
read -ra tests <<<"${FILES:-test/unit test/contract test/doors}"
failed=()
for version in "${versions[@]}"; do
  bin=$PWD/.cache/node-$version/node_modules/node/bin
  # The package's install script fetches the program: without it npx would quietly run another version.
  [ -x "$bin/node" ] || npm install --prefix ".cache/node-$version" --no-audit --no-fund --loglevel=error "node@$version" || exit 1
  found=$("$bin/node" --version)
  [[ $found == "v$version."* ]] || { echo "expected Node $version, found $found"; exit 1; }
  echo "Node $found"
  PATH="$bin:$PATH" .ci/test.sh "${tests[@]}" || failed+=("$found")
done
[ "${#failed[@]}" -eq 0 ] && exit 0
echo "failed on ${failed[*]}"
exit 1
