/** Claims that the authenticators of a rule accept, and claims that miss one thing that they ask for. */
import { textOf } from '../../../lib/bytes.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import { issuersOf } from '../../../outbound/key-sets.ts'
import { parseText } from '../../../rules/matching/pattern.ts'
import { isProblem, type Strategy } from '../../../rules/matching/problem.ts'
import type { LintedRule, UsedHandler } from '../../lint/linted.ts'
import { sampleOf } from '../../patterns/sample.ts'

/** Accepted ones first. Texts, as in a test file. */
export function claimVariants(rule: LintedRule, strategy: Strategy): readonly JsonObject[] {
  const used = rule.handlers.filter(({ stage }) => stage === 'authenticator')
  const variants = used.flatMap(one => variantsOf(one, strategy))
  const known = new Map(variants.map(claims => [JSON.stringify(claims), claims]))
  return [...known.values()].slice(0, mostVariants)
}

const mostVariants = 24

interface Wanted {
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  readonly issuers: readonly string[]
  /** Each makes one required claim hold. */
  readonly claims: readonly JsonObject[]
}

function variantsOf({ config }: UsedHandler, strategy: Strategy): readonly JsonObject[] {
  const wanted = wantedBy(config, strategy)
  const { scopes, audiences, issuers, claims } = wanted
  const less = <T>(list: readonly T[]): readonly (readonly T[])[] =>
    list.map((_, i) => list.toSpliced(i, 1))
  const asked = scopes.length + audiences.length + issuers.length + claims.length > 0
  return [
    claimsFor(wanted),
    ...issuers.slice(1).map(issuer => claimsFor({ ...wanted, issuers: [issuer] })),
    ...less(scopes).map(rest => claimsFor({ ...wanted, scopes: rest })),
    ...less(audiences).map(rest => claimsFor({ ...wanted, audiences: rest })),
    ...less(claims).map(rest => claimsFor({ ...wanted, claims: rest })),
    ...(issuers.length === 0 ? [] : [claimsFor({ ...wanted, issuers: [foreign] })]),
    ...(asked ? [claimsFor({ scopes: [], audiences: [], issuers: [], claims: [] })] : []),
  ]
}

const foreign = 'https://another.example/'

const claimsFor = ({ scopes, audiences, issuers: [issuer], claims }: Wanted): JsonObject => ({
  sub: 'alice',
  ...(issuer === undefined ? {} : { iss: issuer }),
  ...(audiences.length === 0 ? {} : { aud: [...audiences] }),
  ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
  ...Object.fromEntries(claims.flatMap(one => Object.entries(one))),
})

const wantedBy = (config: JsonObject, strategy: Strategy): Wanted => ({
  scopes: textsIn(config['required_scope']),
  audiences: textsIn(config['target_audience']),
  issuers: issuersIn(config, strategy),
  claims: listIn(config['required_claims']).flatMap(entry => claimOf(entry, strategy)),
})

/** Of a document of metadata the issuer that describes itself there. */
function issuersIn(config: JsonObject, strategy: Strategy): readonly string[] {
  const { metadata_url: url, issuer } = config
  if (typeof url !== 'string') {
    return textsIn(config['trusted_issuers']).flatMap(text => sampleText(text, strategy))
  }
  const location = typeof issuer === 'string' ? { url, issuer } : { url }
  return issuersOf(location).slice(0, 1).map(textOf)
}

const listIn = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? value : []

/** Templates are made of a request that is not known. */
const textsIn = (value: JsonValue | undefined): readonly string[] =>
  listIn(value).flatMap(one => (typeof one === 'string' && !one.includes('{{') ? textOf(one) : []))

function sampleText(text: string, strategy: Strategy): readonly string[] {
  if (!/[<>]/.test(text)) return [text]
  const node = parseText(text, strategy)
  return isProblem(node) ? [] : [sampleOf(node)]
}

/** A claim of the top level; others are not made. */
function claimOf(entry: JsonValue, strategy: Strategy): readonly JsonObject[] {
  if (!isJsonObject(entry)) return []
  const path = String(entry['path'])
  const value = wantedValue(entry, strategy)
  if (value === undefined || !/^[\w-]+(?:\.[\w-]+)*$/.test(path)) return []
  const claim = path.split('.').reduceRight<JsonValue>((inner, name) => ({ [name]: inner }), value)
  return [claim as JsonObject]
}

function wantedValue(entry: JsonObject, strategy: Strategy): JsonValue | undefined {
  const { equals, one_of: oneOf, contains, matches, present } = entry
  if (equals !== undefined) return equals
  if (Array.isArray(oneOf)) return oneOf[0]
  if (contains !== undefined) return [contains]
  if (typeof matches === 'string') return sampleText(matches, strategy)[0]
  return present === true ? 'x' : undefined
}
