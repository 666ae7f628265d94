/** Checks the claims of a verified token: times, audience, issuer, scopes. Each check returns a reason or undefined. */
import type { JsonObject, JsonValue } from '../../../lib/json.ts'
import type { TokenError } from '../../../model/failure.ts'
import type { VerifiedToken } from '../../../outbound/key-sets.ts'
import { compileScopes, missingScopes, type ScopeStrategy } from '../../scopes.ts'

/** Why a token is refused, with what a challenge says about it; undefined when it is accepted. */
export type Objection = string | NamedObjection | undefined

export interface NamedObjection {
  readonly reason: string
  readonly tokenError: TokenError
}

/** Checks the times of a token against `now`, in milliseconds since the epoch. No leeway. */
export function checkTimes({ exp, nbf, iat }: JsonObject, now: number): Objection {
  const [expires, starts, issued] = [secondsOf(exp), secondsOf(nbf), secondsOf(iat)]
  if (expires === false) return invalid('exp is invalid')
  if (starts === false) return invalid('nbf is invalid')
  if (issued === false) return invalid('iat is invalid')
  if (expires !== undefined && now >= expires * 1000) return invalid('token is expired')
  if (starts !== undefined && now < starts * 1000) return invalid('token is not valid yet')
  if (issued !== undefined && now < issued * 1000) return invalid('token used before issued')
  return undefined
}

const invalid = (what: string): string => `token has invalid claims: ${what}`

/** Seconds that fit into 64 bits. */
const largest = 2 ** 62

/** Whole seconds; undefined for an absent claim or zero; false for a value that is not a time. */
function secondsOf(value: JsonValue | undefined): number | undefined | false {
  if (value === undefined || value === 0) return undefined
  return typeof value === 'number' && Math.abs(value) < largest ? Math.floor(value) : false
}

export interface ClaimRules {
  readonly target_audience?: readonly string[]
  readonly trusted_issuers?: readonly string[]
  readonly required_scope?: readonly string[]
  readonly scope_strategy?: ScopeStrategy
}

/** One rule's checks, in the order in which they are reported. */
export function compileClaimChecks(rules: ClaimRules): (token: VerifiedToken) => Objection {
  const checks = [
    audienceCheck(rules.target_audience ?? []),
    issuerCheck(rules.trusted_issuers ?? []),
    scopeCheck(rules.scope_strategy ?? 'none', rules.required_scope ?? []),
  ].filter(check => check !== undefined)
  return token => {
    for (const check of checks) {
      const objection = check(token)
      if (objection !== undefined) return objection
    }
    return undefined
  }
}

type Check = (token: VerifiedToken) => Objection

function audienceCheck(wanted: readonly string[]): Check | undefined {
  if (wanted.length === 0) return undefined
  return ({ claims }) => {
    const audience = audienceOf(claims['aud'])
    const missing = wanted.find(name => !audience.includes(name))
    if (missing === undefined) return undefined
    return `Token audience [${audience.join(' ')}] is not intended for target audience ${missing}.`
  }
}

/** One name or a list of names; a list that contains anything else counts as empty. */
function audienceOf(aud: JsonValue | undefined): readonly string[] {
  if (typeof aud === 'string') return [aud]
  if (!Array.isArray(aud)) return []
  const names = aud.filter((name: JsonValue): name is string => typeof name === 'string')
  return names.length === aud.length ? names : []
}

function issuerCheck(trusted: readonly string[]): Check | undefined {
  if (trusted.length === 0) return undefined
  return ({ claims: { iss } }) => {
    const issuer = typeof iss === 'string' ? iss : ''
    if (trusted.includes(issuer)) return undefined
    return `Token issuer does not match any trusted issuer ${issuer}.`
  }
}

function scopeCheck(strategy: ScopeStrategy, required: readonly string[]): Check | undefined {
  if (required.length === 0) return undefined
  const missingOf = compileScopes(strategy, required)
  if (missingOf === undefined) {
    return () => 'Scope validation was requested but scope strategy is set to "none".'
  }
  return ({ scopes }) => {
    const missing = missingOf(scopes)
    if (missing === undefined) return undefined
    const reason = `JSON Web Token is missing required scope "${missing}".`
    const all = missingScopes(strategy, required, scopes)
    return { reason, tokenError: { error: 'insufficient_scope', scopes: all } }
  }
}
