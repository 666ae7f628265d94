/** Checks the claims of a verified token: times, audience, issuer, scopes. Each check returns a reason or undefined. */
import type { JsonObject, JsonValue } from '../../../lib/json.ts'
import type { TokenError } from '../../../model/failure.ts'
import type { Session } from '../../../model/session.ts'
import type { VerifiedToken } from '../../../outbound/key-sets.ts'
import { compileTexts } from '../../compile-texts.ts'
import type { Deps } from '../../kind.ts'
import { compileRequestTexts } from '../../request-texts.ts'
import { compileRequiredClaims, type RequiredClaim } from '../../required-claims.ts'
import { compileRequiredScopes, unreadable } from '../../required-scopes.ts'
import type { ScopeStrategy } from '../../scopes.ts'
import { normaliseType } from './verify.ts'

/** Why a token is refused, with what a challenge says about it; undefined when it is accepted. */
export type Objection = string | NamedObjection | undefined

export interface NamedObjection {
  readonly reason: string
  readonly tokenError: TokenError
}

/** Checks the times of a token against `now`, since the epoch. `leeway`: how far clocks may differ. Milliseconds. */
export function checkTimes({ exp, nbf, iat }: JsonObject, now: number, leeway: number): Objection {
  const [expires, starts, issued] = [secondsOf(exp), secondsOf(nbf), secondsOf(iat)]
  if (expires === false) return invalid('exp is invalid')
  if (starts === false) return invalid('nbf is invalid')
  if (issued === false) return invalid('iat is invalid')
  if (expires !== undefined && now - leeway >= expires * 1000) return invalid('token is expired')
  const latest = now + leeway
  if (starts !== undefined && latest < starts * 1000) return invalid('token is not valid yet')
  if (issued !== undefined && latest < issued * 1000) return invalid('token used before issued')
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
  readonly required_claims?: readonly RequiredClaim[]
  readonly token_types?: readonly string[]
}

export interface ClaimDeps extends Pick<Deps, 'templateSettings' | 'compileText'> {
  /** The issuer that the metadata of the rule name; undefined: the rule has none. */
  readonly issuer?: () => string | undefined
}

/** Why a rule refuses a verified token. */
export type CheckClaims = (token: VerifiedToken, session: Session) => Objection

/** One rule's checks, in the order in which they are reported. Throws an Error that names the key of a bad setting. */
export function compileClaimChecks(rules: ClaimRules, deps: ClaimDeps): CheckClaims {
  const checks = [
    typeCheck(rules.token_types ?? []),
    audienceCheck(rules.target_audience ?? [], deps),
    deps.issuer && metadataCheck(deps.issuer),
    issuerCheck(rules.trusted_issuers ?? [], deps),
    scopeCheck(rules, deps),
    claimsCheck(rules.required_claims, deps),
  ].filter(check => check !== undefined)
  return (token, session) => {
    for (const check of checks) {
      const objection = check(token, session)
      if (objection !== undefined) return objection
    }
    return undefined
  }
}

type Compile = Pick<Deps, 'templateSettings' | 'compileText'>

function typeCheck(types: readonly string[]): CheckClaims | undefined {
  if (types.length === 0) return undefined
  const accepted = new Set(types.map(normaliseType))
  // Tokens without a type have this one.
  if (accepted.has('')) throw new Error('token_types: found an empty type, expected one as at+jwt')
  return ({ type }) =>
    accepted.has(type) ? undefined : `Token type ${JSON.stringify(type)} is not accepted.`
}

function audienceCheck(
  wanted: readonly string[],
  { templateSettings }: Compile,
): CheckClaims | undefined {
  if (wanted.length === 0) return undefined
  const texts = compileRequestTexts('target_audience', wanted, templateSettings)
  return ({ claims }, session) => {
    const all = texts.render(session)
    if (all === undefined) return 'The request lacks what target_audience reads.'
    const audience = audienceOf(claims['aud'])
    const missing = all.find(name => !audience.includes(name))
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

const issuerOf = ({ claims: { iss } }: VerifiedToken): string =>
  typeof iss === 'string' ? iss : ''

const metadataCheck =
  (issuer: () => string | undefined): CheckClaims =>
  token =>
    issuerOf(token) === issuer()
      ? undefined
      : `Token issuer is not that of metadata_url: ${issuerOf(token)}.`

function issuerCheck(
  trusted: readonly string[],
  { compileText }: Compile,
): CheckClaims | undefined {
  if (trusted.length === 0) return undefined
  const isTrusted = compileTexts('trusted_issuers', trusted, compileText)
  return token =>
    isTrusted(issuerOf(token))
      ? undefined
      : `Token issuer does not match any trusted issuer ${issuerOf(token)}.`
}

function scopeCheck(
  { scope_strategy: strategy = 'none', required_scope: required = [] }: ClaimRules,
  { templateSettings }: Compile,
): CheckClaims | undefined {
  if (required.length === 0) return undefined
  const missingIn = compileRequiredScopes(strategy, required, templateSettings)
  if (missingIn === undefined) {
    return () => 'Scope validation was requested but scope strategy is set to "none".'
  }
  return ({ scopes }, session) => {
    const missing = missingIn(session, scopes)
    if (missing === undefined) return undefined
    if (missing === unreadable) return 'The request lacks what required_scope reads.'
    const reason = `JSON Web Token is missing required scope "${missing[0]}".`
    return { reason, tokenError: { error: 'insufficient_scope', scopes: missing } }
  }
}

function claimsCheck(
  required: readonly RequiredClaim[] | undefined,
  deps: Compile,
): CheckClaims | undefined {
  const check = compileRequiredClaims(required, deps)
  return check && (({ claims }) => check(claims))
}
