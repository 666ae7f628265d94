/** Cached answers of an introspection endpoint. */
import { parseDuration } from '../../../lib/duration.ts'
import type { Failure } from '../../../model/failure.ts'
import type { AccessRequest } from '../../../model/request.ts'
import { cacheKey } from '../../../outbound/cache.ts'
import { type HttpCall, shared } from '../../../outbound/http.ts'
import { createSingleFlight } from '../../../outbound/single-flight.ts'
import type { Deps } from '../../kind.ts'
import { type Answered, readAnswer } from './answer.ts'
import type { Endpoint } from './endpoint.ts'
import type { IntrospectionConfig } from './schema.ts'

type Outcome = Promise<Answered | Failure>

export interface Memory {
  /** All that the answer depends on. */
  readonly keyOf: (token: string, request: AccessRequest, endpoint: Endpoint) => string
  readonly find: (key: string) => Promise<Answered | undefined>
  readonly keep: (key: string, answer: Answered) => void
  /** Makes the call; concurrent requests with the same key share one. */
  readonly ask: (key: string, call: HttpCall) => Outcome
}

/** Nothing is cached unless that is configured, and nothing when the endpoint itself checks the scopes. */
export function compileMemory(
  config: IntrospectionConfig,
  { cache, now }: Deps,
  introspect: (call: HttpCall) => Outcome,
): Memory {
  const scopesCheckedByEndpoint =
    config.scope_strategy === 'none' && config.required_scope.length > 0
  if (config.cache?.enabled !== true || scopesCheckedByEndpoint) return without(introspect)
  const longest = config.cache.ttl === undefined ? undefined : parseDuration(config.cache.ttl)
  const join = createSingleFlight<Answered | Failure>()
  return {
    keyOf: (token, { raw }, { identity }) =>
      cacheKey('introspection', identity, config.preserve_host ? raw.host : undefined, token),
    find: async key => {
      const known = await cache.get(key)
      return known === undefined ? undefined : readAnswer(known)
    },
    keep: (key, { members, read: { expiresAt } }) => {
      const left = expiresAt > 0 ? expiresAt * 1000 - now() : undefined
      cache.set(key, members, shorter(left, longest))
    },
    ask: (key, call) => join(key, () => introspect(shared(call))),
  }
}

const nothing = Promise.resolve(undefined)

const without = (introspect: (call: HttpCall) => Outcome): Memory => ({
  keyOf: () => '',
  find: () => nothing,
  keep: () => undefined,
  ask: (_, call) => introspect(call),
})

const shorter = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
