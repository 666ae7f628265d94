/** Claims about a rule set, as their file says them. Every mistake is named with its place. */
import { authenticators } from '../../handlers/authenticators/index.ts'
import { authorizers } from '../../handlers/authorizers/index.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { describeValue } from '../../lib/schema/describe.ts'

export type Claim = RegionClaim | ComparingClaim

/** About requests to some URLs with some methods. */
export interface RegionClaim {
  readonly kind: 'never' | 'always'
  readonly name: string
  readonly place: Path
  /** null: any. */
  readonly hosts: readonly string[] | null
  readonly paths: readonly string[] | null
  readonly methods: readonly string[] | null
  readonly authenticators: readonly string[] | null
  readonly authorizers: readonly string[] | null
}

/** About all requests, compared with another rule set. */
export interface ComparingClaim {
  readonly kind: 'equal' | 'implies'
  readonly name: string
  readonly place: Path
  /** A configuration, or rules. */
  readonly other: string
}

export type Path = readonly (string | number)[]

export interface ClaimProblem {
  readonly path: Path
  readonly found: string
  readonly expected: string
}

export interface ReadClaims {
  readonly claims: readonly Claim[]
  readonly problems: readonly ClaimProblem[]
}

/** Most claims of one file. */
const most = 1_000

export function readClaims(document: JsonObject): ReadClaims {
  const problems: ClaimProblem[] = []
  const reader: Reader = { problems }
  onlyKeys(reader, document, { path: [], known: ['claims'] })
  const list = document['claims']
  if (!Array.isArray(list) || list.length === 0 || list.length > most) {
    report(reader, ['claims'], list, `a list of 1 to ${most} claims`)
    return { claims: [], problems }
  }
  const claims = list.flatMap((item: JsonValue, i) => readClaim(reader, item, ['claims', i]))
  return { claims, problems }
}

interface Reader {
  readonly problems: ClaimProblem[]
}

function report(
  { problems }: Reader,
  path: Path,
  ...[value, expected]: readonly [JsonValue | undefined, string]
): undefined {
  const found = value === undefined ? 'nothing' : describeValue(value, path)
  problems.push({ path, found, expected })
}

interface Known {
  readonly path: Path
  readonly known: readonly string[]
}

function onlyKeys({ problems }: Reader, value: JsonObject, { path, known }: Known): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const found = `the key "${key}"`
    problems.push({ path: [...path, key], found, expected: `one of ${known.join(', ')}` })
  }
}

const kinds = ['never', 'always', 'equal', 'implies'] as const

function readClaim(reader: Reader, item: JsonValue, path: Path): readonly Claim[] {
  if (!isJsonObject(item)) {
    report(reader, path, item, 'a claim: name, and one of never, always, equal, implies')
    return []
  }
  onlyKeys(reader, item, { path, known: ['name', ...kinds] })
  const given = kinds.filter(kind => Object.hasOwn(item, kind))
  const [kind] = given
  if (kind === undefined || given.length > 1) {
    const found = given.length === 0 ? 'none of them' : given.join(' and ')
    reader.problems.push({ path, found, expected: `one of ${kinds.join(', ')}` })
    return []
  }
  const name = nameOf(reader, item, { path, kind })
  const value = item[kind] ?? null
  const at = [...path, kind]
  if (kind === 'never' || kind === 'always')
    return readRegion(reader, value, { kind, name, place: at })
  if (typeof value === 'string' && value !== '') return [{ kind, name, place: at, other: value }]
  report(reader, at, value, 'the file of a configuration or of rules')
  return []
}

interface Named {
  readonly path: Path
  readonly kind: string
}

/** A claim without a name is called by its place. */
function nameOf(reader: Reader, item: JsonObject, { path, kind }: Named): string {
  const name = item['name']
  if (typeof name === 'string' && name !== '') return name
  if (name !== undefined) report(reader, [...path, 'name'], name, 'a text')
  return `claim ${Number(path.at(-1)) + 1} (${kind})`
}

const regionKeys = ['host', 'path', 'methods', 'authenticators', 'authorizers']

function readRegion(
  reader: Reader,
  value: JsonValue,
  claim: Pick<RegionClaim, 'kind' | 'name' | 'place'>,
): readonly RegionClaim[] {
  const { place, kind } = claim
  if (!isJsonObject(value)) {
    report(reader, place, value, `an object with ${regionKeys.join(', ')}`)
    return []
  }
  onlyKeys(reader, value, { path: place, known: regionKeys })
  const texts = (key: string) => readTexts(reader, value[key], [...place, key])
  const region = {
    ...claim,
    hosts: texts('host'),
    paths: texts('path'),
    methods: texts('methods'),
    authenticators: known(reader, texts('authenticators'), [place, 'authenticators']),
    authorizers: known(reader, texts('authorizers'), [place, 'authorizers']),
  }
  const isEmpty = region.authenticators === null && region.authorizers === null
  if (kind === 'always' && isEmpty) {
    const expected = 'authenticators or authorizers that each request has passed'
    reader.problems.push({ path: place, found: 'neither', expected })
  }
  return [region]
}

/** A text, or a list of texts. */
function readTexts(
  reader: Reader,
  value: JsonValue | undefined,
  path: Path,
): readonly string[] | null {
  if (value === undefined || value === null) return null
  const list: readonly JsonValue[] = Array.isArray(value) ? value : [value]
  const isRight = list.length > 0 && list.every(item => typeof item === 'string' && item !== '')
  if (isRight) return list as readonly string[]
  report(reader, path, value, 'a text, or a list of texts')
  return null
}

const handlers: Readonly<Record<string, object>> = { authenticators, authorizers }

function known(
  { problems }: Reader,
  names: readonly string[] | null,
  [place, key]: readonly [Path, string],
): readonly string[] | null {
  const all = handlers[key] ?? {}
  for (const name of names ?? []) {
    if (Object.hasOwn(all, name)) continue
    const expected = `one of ${Object.keys(all).join(', ')}`
    problems.push({ path: [...place, key], found: `"${name}"`, expected })
  }
  return names
}
