/** The scopes of a token, and whether they grant what a rule requires. Byte strings. */
import type { JsonObject, JsonValue } from '../lib/json.ts'
import { never } from '../lib/never.ts'

export const scopeStrategySchema = {
  type: 'string',
  enum: ['hierarchic', 'exact', 'wildcard', 'none'],
  default: 'none',
  description: 'How the scopes of a token are compared with the required ones.',
} as const

export type ScopeStrategy = (typeof scopeStrategySchema.enum)[number]

/** Returns the required scopes that are not granted; undefined when all are granted. */
export type FindMissingScopes = (granted: readonly string[]) => readonly string[] | undefined

/** undefined when the strategy compares nothing. */
export function compileScopes(
  strategy: ScopeStrategy,
  required: readonly string[],
): FindMissingScopes | undefined {
  const grants = grantsOf(strategy)
  if (grants === undefined) return undefined
  const checks = required.map(needed => ({ needed, isGrantedBy: grants(needed) }))
  return granted => {
    if (checks.every(({ isGrantedBy }) => granted.some(isGrantedBy))) return undefined
    return checks
      .filter(({ isGrantedBy }) => !granted.some(isGrantedBy))
      .map(({ needed }) => needed)
  }
}

type CompareScopes = (
  required: readonly string[],
  granted: readonly string[],
) => readonly string[] | undefined

/** The required scopes that are not granted, for scopes that each request may make others. undefined: as above. */
export function compareScopes(strategy: ScopeStrategy): CompareScopes | undefined {
  const grants = grantsOf(strategy)
  return (
    grants &&
    ((required, granted) => {
      const missing = required.filter(needed => !granted.some(grants(needed)))
      return missing.length === 0 ? undefined : missing
    })
  )
}

/** The characters of a scope (RFC 6749 §3.3): a blank would make it two. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

export const isScope = (text: string): boolean => scopeToken.test(text)

/** For one required scope: whether one granted scope grants it. */
type Grants = (needed: string) => (granted: string) => boolean

function grantsOf(strategy: ScopeStrategy): Grants | undefined {
  switch (strategy) {
    case 'none':
      return undefined
    case 'exact':
      return needed => granted => granted === needed
    case 'hierarchic':
      return hierarchic
    case 'wildcard':
      return wildcard
    default:
      return never(strategy)
  }
}

/** `photos` grants `photos` and everything below it, such as `photos.read`. */
const hierarchic: Grants = needed => granted =>
  granted === needed || needed.startsWith(`${granted}.`)

/** `*` matches one part that is not empty; at the end it also matches all parts that follow. */
const wildcard: Grants = needed => {
  const wanted = needed.split('.')
  return granted => {
    const parts = granted.split('.')
    if (parts.length > wanted.length) return false
    if (parts.length < wanted.length && parts.at(-1) !== '*') return false
    return parts.every((part, i) => (part === '*' ? wanted[i] !== '' : part === wanted[i]))
  }
}

const scopeClaims = ['scp', 'scope', 'scopes'] as const

/**
 * The scopes of a token, and its claims with the scopes as the list `scp`. The first of `scp`, `scope` and
 * `scopes` that is present counts, whatever it contains, and is replaced.
 */
export function normaliseScopes(claims: JsonObject): {
  readonly scopes: readonly string[]
  readonly extra: JsonObject
} {
  const name = scopeClaims.find(claim => Object.hasOwn(claims, claim))
  if (name === undefined) return { scopes: [], extra: { ...claims, scp: [] } }
  const { [name]: value, ...others } = claims
  const scopes = toScopes(value)
  return { scopes, extra: { ...others, scp: scopes } }
}

function toScopes(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return value.split(' ')
  if (!Array.isArray(value)) return []
  return value.map((scope: JsonValue) => (typeof scope === 'string' ? scope : ''))
}
