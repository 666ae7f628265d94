/**
 * oauth2_introspection: asks an OAuth 2.0 server whether a token is valid (RFC 7662).
 *
 * Takes       a token from `token_from` that begins with `prefix`; else it is not responsible.
 * Gives       Session { subject: `sub`; extra: `ext` with `username`, `client_id`, `scope`, and `aud` if there is one }.
 * Fails with  unauthorized for a token that is not active or has expired; forbidden when it lacks what the
 *             rule requires; too_many_requests; internal_server_error for any other status but 200, for an
 *             answer that is not valid, and when the server is unreachable.
 *
 * A cached answer is checked against the rule for each request, and is not used after the token has expired.
 */
import { parseDuration } from '../../lib/duration.ts'
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../lib/json.ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import { type Session, withSession } from '../../model/session.ts'
import { cacheKey } from '../../outbound/cache.ts'
import { type Http, type HttpCall, shared } from '../../outbound/http.ts'
import { createSingleFlight } from '../../outbound/single-flight.ts'
import { type Authenticate, type Deps, type Kind, notResponsible } from '../kind.ts'
import { tooManyRequests } from '../rate-limit.ts'
import { compileTokenSource } from '../token-source.ts'
import { type Introspection, readAnswer } from './introspection/answer.ts'
import {
  compileHeaders,
  compilePreAuthorization,
  identityOf,
  makeCall,
} from './introspection/call.ts'
import { compileChecks } from './introspection/checks.ts'
import { type IntrospectionConfig, introspectionSchema } from './introspection/schema.ts'

export const oauth2Introspection: Kind<IntrospectionConfig, Authenticate> = {
  schema: introspectionSchema,
  challenge: ({ required_scope: scopes }) => ({ scopes }),
  credentials: ({ token_from: from }) => [compileTokenSource(from).credential],
  create: (config, deps) => {
    const { read, credential } = compileTokenSource(config.token_from)
    const { prefix = '' } = config
    const objectionTo = compileChecks(config, deps.now)
    const memory = compileMemory(config, deps)
    const asking = {
      config,
      headers: compileHeaders(config),
      own: compilePreAuthorization(config, deps.http, deps.now),
    }
    const evaluate = (session: Session, answer: Introspection): Session | Failure =>
      objectionTo(answer) ??
      withSession(session, { subject: answer.subject, extra: extraOf(answer), credential })

    async function ask(session: Session, token: string, request: AccessRequest) {
      const call = await makeCall(asking, token, request)
      if ('kind' in call) return unreachable(call)
      const answer = await (memory === undefined
        ? introspect(deps.http, call)
        : memory.join(token, request, () => introspect(deps.http, shared(call))))
      if ('kind' in answer) return answer
      const outcome = evaluate(session, answer.read)
      if (outcome.kind === 'session') memory?.keep(token, request, answer)
      return outcome
    }

    return async (session, request) => {
      const token = read(request)
      if (token === undefined || !token.startsWith(prefix)) return notResponsible
      const known = await memory?.find(token, request)
      return known === undefined ? ask(session, token, request) : evaluate(session, known)
    }
  },
}

interface Answered {
  readonly raw: JsonValue
  readonly read: Introspection
}

interface Memory {
  readonly find: (token: string, request: AccessRequest) => Promise<Introspection | undefined>
  readonly keep: (token: string, request: AccessRequest, answer: Answered) => void
  /** Concurrent requests with the same key share one call. */
  readonly join: (
    token: string,
    request: AccessRequest,
    ask: () => Promise<Answered | Failure>,
  ) => Promise<Answered | Failure>
}

/** undefined when nothing may be cached, because the endpoint itself checks the scopes. */
function compileMemory(config: IntrospectionConfig, { cache, now }: Deps): Memory | undefined {
  const scopesCheckedByEndpoint =
    config.scope_strategy === 'none' && config.required_scope.length > 0
  if (config.cache?.enabled !== true || scopesCheckedByEndpoint) return undefined
  const identity = identityOf(config)
  const longest = config.cache.ttl === undefined ? undefined : parseDuration(config.cache.ttl)
  const keyOf = (token: string, { raw }: AccessRequest): string =>
    cacheKey('introspection', identity, config.preserve_host ? raw.host : undefined, token)
  const singleFlight = createSingleFlight<Answered | Failure>()
  return {
    join: (token, request, ask) => singleFlight(keyOf(token, request), ask),
    find: async (token, request) => {
      const known = await cache.get(keyOf(token, request))
      return known === undefined ? undefined : readAnswer(known)
    },
    keep: (token, request, { raw, read: { expiresAt } }) => {
      const left = expiresAt > 0 ? expiresAt * 1000 - now() : undefined
      cache.set(keyOf(token, request), raw, shorter(left, longest))
    },
  }
}

const shorter = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)

async function introspect(http: Http, call: HttpCall): Promise<Answered | Failure> {
  const reply = await http.send(call)
  if (reply.kind === 'failure') return unreachable(reply)
  if (reply.status === 429) return tooManyRequests(reply)
  if (reply.status !== 200) {
    return internalError(`Introspection returned status code ${reply.status} but expected 200`)
  }
  try {
    const raw = parseJson(reply.body.toString('latin1'))
    return { raw, read: readAnswer(raw) }
  } catch (error) {
    return internalError(
      `The answer of the introspection endpoint is malformed: ${(error as Error).message}`,
    )
  }
}

function extraOf({ ext, username, clientId, scope, audience }: Introspection): JsonObject {
  const known = { username, client_id: clientId, scope }
  const all = audience.length === 0 ? known : { ...known, aud: audience }
  return isJsonObject(ext) ? { ...ext, ...all } : all
}

const internalError = (text: string, cause?: unknown): Failure =>
  failure('internal_server_error', { message: text }, cause)

const unreachable = ({ info, cause }: Failure): Failure =>
  internalError(
    `The introspection endpoint could not be reached: ${info.reason ?? info.message}`,
    cause,
  )
