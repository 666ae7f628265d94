/** What a rule requires of an introspected token; checked again for every cached answer. */
import { type Failure, failure, message, refusedCredential } from '../../../model/failure.ts'
import { compileScopes, missingScopes } from '../../scopes.ts'
import type { Introspection } from './answer.ts'
import type { IntrospectionConfig } from './schema.ts'

type Check = (token: Introspection) => Failure | undefined

/** Returns the first objection, in Oathkeeper's order. */
export function compileChecks(config: IntrospectionConfig, now: () => number): Check {
  const missingScope = compileScopes(config.scope_strategy, config.required_scope)
  const issuers = new Set(config.trusted_issuers)
  const checks: readonly Check[] = [
    ({ tokenUse }) =>
      tokenUse === '' || tokenUse === 'access_token'
        ? undefined
        : forbidden(`Use of introspected token is not an access token but "${tokenUse}"`),
    ({ active }) => (active ? undefined : unauthorized('Access token is not active')),
    ({ expiresAt }) =>
      expiresAt > 0 && expiresAt * 1000 < now() ? unauthorized('Access token expired') : undefined,
    ({ audience }) => {
      const missing = config.target_audience.find(wanted => !audience.includes(wanted))
      return missing === undefined
        ? undefined
        : forbidden(`Token audience is not intended for target audience ${missing}`)
    },
    ({ issuer }) =>
      issuers.size === 0 || issuers.has(issuer)
        ? undefined
        : forbidden('Token issuer does not match any trusted issuer'),
    ({ scope }) => {
      const granted = scope.split(' ')
      const missing = missingScope?.(granted)
      if (missing === undefined) return undefined
      const all = missingScopes(config.scope_strategy, config.required_scope, granted)
      const tokenError = { error: 'insufficient_scope', scopes: all } as const
      return { ...forbidden(`Scope ${missing} was not granted`), tokenError }
    },
  ]
  return token => {
    for (const check of checks) {
      const objection = check(token)
      if (objection !== undefined) return objection
    }
    return undefined
  }
}

const unauthorized = (reason: string): Failure =>
  refusedCredential({ message: message.unauthorized, reason })

/** The token is for someone else, or another kind of token. */
const forbidden = (reason: string): Failure => ({
  ...failure('forbidden', { message: message.forbidden, reason }),
  tokenError: { error: 'invalid_token' },
})
