/** Semantic versions and constraints, as Masterminds/semver reads them: `1`, `1.2` and `v1.2.3` are also versions. */

export interface Version {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint]
  readonly prerelease: string
  readonly metadata: string
  readonly original: string
}

const suffix = String.raw`(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?`
const versionShape = new RegExp(String.raw`^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?${suffix}$`)
const invalid = 'Invalid Semantic Version'
const largest = (1n << 64n) - 1n

/** Returns an Error with the library's message when the text is not a version. */
export function parseVersion(text: string): Version | Error {
  const [whole, major = '', minor = '0', patch = '0', prerelease = '', metadata = ''] =
    versionShape.exec(text) ?? []
  if (whole === undefined || text.length > 256) return new Error(invalid)
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const
  const tooLarge = numbers.find(number => number > largest)
  if (tooLarge !== undefined) {
    return new Error(
      `Error parsing version segment: strconv.ParseUint: parsing "${tooLarge}": value out of range`,
    )
  }
  if (prerelease.split('.').some(part => /^0\d+$/.test(part))) {
    return new Error('Version segment starts with 0')
  }
  return { numbers, prerelease, metadata, original: text }
}

export function versionText({ numbers, prerelease, metadata }: Version): string {
  const end = metadata === '' ? '' : `+${metadata}`
  return numbers.join('.') + (prerelease === '' ? '' : `-${prerelease}`) + end
}

type Order = -1 | 0 | 1

const order = <T>(a: T, b: T): Order => (a < b ? -1 : a > b ? 1 : 0)

/** Metadata is ignored; a prerelease comes before its release. */
export function compareVersions(a: Version, b: Version): Order {
  for (const [i, number] of a.numbers.entries()) {
    const result = order(number, b.numbers[i] ?? 0n)
    if (result !== 0) return result
  }
  if (a.prerelease === b.prerelease) return 0
  if (a.prerelease === '' || b.prerelease === '') return a.prerelease === '' ? 1 : -1
  return comparePrereleases(a.prerelease.split('.'), b.prerelease.split('.'))
}

function comparePrereleases(a: readonly string[], b: readonly string[]): Order {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [one, other] = [a[i], b[i]]
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1
    const result = comparePart(one, other)
    if (result !== 0) return result
  }
  return 0
}

/** Numbers come before words. */
function comparePart(a: string, b: string): Order {
  const [one, other] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (one && other) return order(BigInt(a), BigInt(b))
  return one === other ? order(a, b) : one ? -1 : 1
}

export type Constraint = (version: Version) => boolean

const part = '[0-9xX*|]+'
const wanted = String.raw`v?(${part})(\.${part})?(\.${part})?${suffix}`
const bare = wanted.replace(/\((?!\?)/g, '(?:')
const operators = String.raw`!=|>=|=>|<=|=<|~>|=|>|<|~|\^|`
const one = new RegExp(String.raw`^\s*(${operators})\s*${wanted}\s*$`)
const every = new RegExp(String.raw`(?:${operators})\s*${bare}`, 'g')
const valid = new RegExp(
  String.raw`^\s*(?:${operators})\s*${bare}\s*(?:(?:\s+|,\s*)(?:${operators})\s*${bare}\s*)*$`,
)
const range = new RegExp(String.raw`\s*(${bare})\s+-\s+(${bare})\s*`, 'g')
/** Longer constraints are refused, because the expressions above would take too long. */
const longest = 1000

/** Alternatives with `||`, parts with commas or blanks. Returns an Error when the text is not a constraint. */
export function parseConstraint(text: string): Constraint | Error {
  if (text.length > longest) return new Error(`improper constraint: ${text.slice(0, longest)}`)
  const alternatives: Constraint[] = []
  for (const piece of text.replace(range, '>= $1, <= $2 ').split('||')) {
    if (!valid.test(piece)) return new Error(`improper constraint: ${piece}`)
    const parts = (piece.match(every) ?? []).map(parsePart)
    const broken = parts.find(made => made instanceof Error)
    if (broken instanceof Error) return broken
    alternatives.push(version => parts.every(made => (made as Constraint)(version)))
  }
  return version => alternatives.some(holds => holds(version))
}

interface Wanted {
  readonly version: Version
  /** How many of the three numbers were given. */
  readonly given: 0 | 1 | 2 | 3
}

const isAny = (text: string | undefined): boolean =>
  text === undefined || /^\.?[xX*]$/.test(text) || text === ''

function parsePart(text: string): Constraint | Error {
  const [, operator = '', major, minor, patch, prerelease] = one.exec(text) ?? []
  const given = isAny(major) ? 0 : isAny(minor) ? 1 : isAny(patch) ? 2 : 3
  const numbers = [major, minor, patch].map((number, i) =>
    i < given ? (number ?? '').replace('.', '') : '0',
  )
  const end = prerelease === undefined ? '' : `-${prerelease}`
  const version = parseVersion(numbers.join('.') + end)
  if (version instanceof Error) return new Error('constraint Parser Error')
  const holds = operations[operator] ?? equal
  const target: Wanted = { version, given }
  return found => accepts(operator, found, version) && holds(found, target)
}

/** A prerelease matches only a constraint with a prerelease; `!=` of a whole version matches any. */
const accepts = (operator: string, found: Version, wantedVersion: Version): boolean =>
  operator === '!=' || found.prerelease === '' || wantedVersion.prerelease !== ''

type Operation = (found: Version, wanted: Wanted) => boolean

const same = (found: Version, { version }: Wanted, count: number): boolean =>
  version.numbers.slice(0, count).every((number, i) => found.numbers[i] === number)

const atLeast: Operation = (found, { version }) => compareVersions(found, version) >= 0

const tilde: Operation = (found, target) => {
  if (!atLeast(found, target)) return false
  const { given, version } = target
  if (given === 0 || (given === 3 && version.numbers.every(number => number === 0n))) return true
  return same(found, target, Math.min(given, 2))
}

const equal: Operation = (found, target) =>
  target.given < 3 ? tilde(found, target) : compareVersions(found, target.version) === 0

const notEqual: Operation = (found, target) => {
  const { given, version } = target
  if (given === 3) return compareVersions(found, version) !== 0
  if (found.prerelease !== '' && version.prerelease === '') return false
  return !same(found, target, given === 0 ? 3 : given)
}

const greater: Operation = (found, { version, given }) => {
  if (given === 3 || given === 0) return compareVersions(found, version) > 0
  const [major, minor] = version.numbers
  if (found.numbers[0] !== major) return found.numbers[0] > major
  return given === 2 && found.numbers[1] > minor
}

const atMost: Operation = (found, { version, given }) => {
  if (given === 3) return compareVersions(found, version) <= 0
  const [major, minor] = version.numbers
  if (found.numbers[0] !== major) return found.numbers[0] < major
  return given === 1 || found.numbers[1] <= minor
}

/** The numbers up to the first that is not zero must be equal. */
const caret: Operation = (found, target) => {
  if (!atLeast(found, target)) return false
  const { given, version } = target
  const [major, minor] = version.numbers
  if (major > 0n || given === 1) return same(found, target, 1)
  if (minor > 0n || given === 2) return same(found, target, 2)
  return same(found, target, 3)
}

const operations: Readonly<Record<string, Operation>> = {
  '': equal,
  '=': equal,
  '!=': notEqual,
  '>': greater,
  '<': (found, { version }) => compareVersions(found, version) < 0,
  '>=': atLeast,
  '=>': atLeast,
  '<=': atMost,
  '=<': atMost,
  '~': tilde,
  '~>': tilde,
  '^': caret,
}
