// Fails when a package that a production installation has, or may have, carries a licence that is not permitted.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Licences that ask for no more than a notice. */
const permitted = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Unlicense',
])

/** SPDX expressions: of `A OR B` one is enough, of `A AND B` all are needed. */
export function isPermitted(expression) {
  const bare = expression.replace(/^\((.*)\)$/, '$1')
  if (/[()]/.test(bare)) return false
  return bare.split(' OR ').some(one => one.split(' AND ').every(name => permitted.has(name)))
}

/** `name: licence` of each package that is not permitted. Optional packages count, those for development do not. */
export function refusedIn({ packages }) {
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .filter(([, { license = '' }]) => !isPermitted(license))
    .map(
      ([path, { license = 'no licence' }]) => `${path.replace(/^node_modules\//, '')}: ${license}`,
    )
}

function check() {
  const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
  const refused = refusedIn(lock)
  for (const line of refused) process.stderr.write(`licence not permitted: ${line}\n`)
  process.exitCode = refused.length === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) check()
