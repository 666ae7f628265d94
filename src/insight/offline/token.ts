/** Puts a token of the run into a request, where the rule that the request is for reads it. */
import type { Config } from '../../config/config.ts'
import type { AskedRequest } from '../../explain/asked.ts'
import { authenticators } from '../../handlers/authenticators/index.ts'
import { compileTokenSource, type TokenFrom } from '../../handlers/token-source.ts'
import type { JsonObject } from '../../lib/json.ts'
import { percentEncode } from '../../lib/query.ts'
import type { AccessRequest } from '../../model/request.ts'
import { isProblem, mergedConfig } from '../../rules/compiling/section.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import type { TokenHeader } from './run-keys.ts'

/** How the rule that a request is for wants its token. */
export interface TokenWish {
  readonly header: TokenHeader
  readonly from: TokenFrom | undefined
}

/** Of the first `jwt` of the rule that matches, else of the global section. */
export function wishOf(config: Config, rules: RuleSet, request: AccessRequest): TokenWish {
  const rule = rules.find(request)
  const own = rule.kind === 'rule' ? rule.definition.authenticators : null
  const reference = own?.find(({ handler }) => handler === 'jwt')
  const global = (config.authenticators.jwt?.config ?? {}) as JsonObject
  const found = mergedConfig({ kind: authenticators.jwt, global }, reference?.config ?? null)
  const merged: JsonObject = isProblem(found) ? {} : found
  const [algorithm = 'RS256'] = (merged['allowed_algorithms'] ?? []) as readonly string[]
  const [type] = (merged['token_types'] ?? []) as readonly string[]
  return {
    header: { algorithm, type },
    from: (merged['token_from'] ?? undefined) as TokenFrom | undefined,
  }
}

/** The request with the token. */
export function withToken(asked: AskedRequest, token: string, from?: TokenFrom): AskedRequest {
  const { in: place, name } = compileTokenSource(from).credential
  const add = (header: string, value: string): AskedRequest => ({
    ...asked,
    headers: [...asked.headers, [header, value]],
  })
  switch (place) {
    case 'header':
      return add(name, name.toLowerCase() === 'authorization' ? `Bearer ${token}` : token)
    case 'cookie':
      return add('Cookie', `${name}=${token}`)
    case 'websocket_protocol':
      return add('Sec-WebSocket-Protocol', `${name}, ${token}`)
    case 'query': {
      const separator = asked.target.includes('?') ? '&' : '?'
      return { ...asked, target: `${asked.target}${separator}${percentEncode(name)}=${token}` }
    }
  }
}

const hour = 3600

/** What every token of a run says, unless its claims say otherwise. `now`: milliseconds since the epoch. */
export function usualClaims(now: number): JsonObject {
  const seconds = Math.floor(now / 1000)
  return { iat: seconds, exp: seconds + hour }
}
