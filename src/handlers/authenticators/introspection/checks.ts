/** What a rule requires of an introspected token; checked again for every cached answer. */
import { type Failure, failure, message, refusedCredential } from '../../../model/failure.ts'
import type { Session } from '../../../model/session.ts'
import { compileTexts } from '../../compile-texts.ts'
import type { Deps } from '../../kind.ts'
import { compileLeeway } from '../../leeway.ts'
import { compileRequestTexts } from '../../request-texts.ts'
import { compileRequiredClaims } from '../../required-claims.ts'
import { compileRequiredScopes, unreadable } from '../../required-scopes.ts'
import type { Answered } from './answer.ts'
import type { IntrospectionConfig } from './schema.ts'

/** `issuer`: whose metadata named the endpoint; undefined: the endpoint is configured. */
export type Check = (
  answer: Answered,
  session: Session,
  issuer: string | undefined,
) => Failure | undefined

type CheckDeps = Pick<Deps, 'now' | 'templateSettings' | 'compileText'>

/** Returns the first objection, in Oathkeeper's order. Throws an Error that names the key of a bad setting. */
export function compileChecks(config: IntrospectionConfig, deps: CheckDeps): Check {
  const checks = [
    ...stateChecks(config, deps.now),
    audienceCheck(config, deps),
    issuerCheck(config, deps),
    scopeCheck(config, deps),
    claimsCheck(config, deps),
  ]
  return (answer, session, issuer) => {
    for (const check of checks) {
      const objection = check(answer, session, issuer)
      if (objection !== undefined) return objection
    }
    return undefined
  }
}

function stateChecks(
  { leeway: written }: IntrospectionConfig,
  now: () => number,
): readonly Check[] {
  const leeway = compileLeeway(written)
  return [
    ({ read: { tokenUse } }) =>
      tokenUse === '' || tokenUse === 'access_token'
        ? undefined
        : forbidden(`Use of introspected token is not an access token but "${tokenUse}"`),
    ({ read: { active } }) => (active ? undefined : unauthorized('Access token is not active')),
    ({ read: { expiresAt } }) =>
      expiresAt > 0 && expiresAt * 1000 < now() - leeway
        ? unauthorized('Access token expired')
        : undefined,
  ]
}

function audienceCheck(
  { target_audience: wanted }: IntrospectionConfig,
  { templateSettings }: CheckDeps,
): Check {
  const texts = compileRequestTexts('target_audience', wanted, templateSettings)
  return ({ read: { audience } }, session) => {
    const all = texts.render(session)
    if (all === undefined) return forbidden('The request lacks what target_audience reads')
    const missing = all.find(name => !audience.includes(name))
    return missing === undefined
      ? undefined
      : forbidden(`Token audience is not intended for target audience ${missing}`)
  }
}

/** The answer of an issuer's own endpoint need not repeat who that is (RFC 7662 §2.2). */
function issuerCheck(
  { trusted_issuers: trusted }: IntrospectionConfig,
  { compileText }: CheckDeps,
): Check {
  const isTrusted = compileTexts('trusted_issuers', trusted, compileText)
  return ({ read }, _, issuer) => {
    const found = read.issuer || (issuer ?? '')
    if (issuer !== undefined && found !== issuer) {
      return forbidden('Token issuer is not that of metadata_url')
    }
    return trusted.length === 0 || isTrusted(found)
      ? undefined
      : forbidden('Token issuer does not match any trusted issuer')
  }
}

function scopeCheck(
  { scope_strategy: strategy, required_scope: required }: IntrospectionConfig,
  { templateSettings }: CheckDeps,
): Check {
  const missingIn = compileRequiredScopes(strategy, required, templateSettings)
  return ({ read: { scope } }, session) => {
    const missing = missingIn?.(session, scope.split(' '))
    if (missing === undefined) return undefined
    if (missing === unreadable) return unreadableScope
    const tokenError = { error: 'insufficient_scope', scopes: missing } as const
    return { ...forbidden(`Scope ${missing[0]} was not granted`), tokenError }
  }
}

function claimsCheck({ required_claims: required }: IntrospectionConfig, deps: CheckDeps): Check {
  const check = compileRequiredClaims(required, deps)
  return ({ members }) => {
    const objection = check?.(members)
    return objection === undefined ? undefined : forbidden(objection)
  }
}

const unauthorized = (reason: string): Failure =>
  refusedCredential({ message: message.unauthorized, reason })

/** The token is for someone else, or another kind of token. */
const forbidden = (reason: string): Failure => ({
  ...failure('forbidden', { message: message.forbidden, reason }),
  tokenError: { error: 'invalid_token' },
})

export const unreadableScope = failure('forbidden', {
  message: message.forbidden,
  reason: 'The request lacks what required_scope reads',
})
