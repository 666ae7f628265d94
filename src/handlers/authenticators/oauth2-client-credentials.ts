/**
 * oauth2_client_credentials: accepts callers whose Basic credentials obtain a token from an OAuth 2.0 server.
 *
 * Takes       an Authorization header with the scheme Basic; else it is not responsible.
 * Gives       Session { subject: the client's id }; extra unchanged.
 * Fails with  unauthorized when the server refuses; too_many_requests; not_found, internal_server_error,
 *             service_unavailable and gateway_timeout as the server answers; service_unavailable when it is
 *             unreachable or returns no token.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { durationPattern, parseDuration } from '../../lib/duration.ts'
import { unescapeQuery } from '../../lib/query.ts'
import {
  type Failure,
  type FailureCode,
  failure,
  message,
  refusedCredential,
} from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import { type Session, withSession } from '../../model/session.ts'
import { cacheKey } from '../../outbound/cache.ts'
import { createSingleFlight } from '../../outbound/single-flight.ts'
import { fetchToken, type TokenOutcome } from '../../outbound/token-endpoint.ts'
import { type Authenticate, type Kind, notResponsible } from '../kind.ts'
import { tooManyRequests } from '../rate-limit.ts'
import { retryWithoutEffect } from './retry-schema.ts'

const duration = { type: 'string', pattern: durationPattern } as const

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['token_url'],
  properties: {
    token_url: { type: 'string', format: 'uri', description: 'The token endpoint.' },
    required_scope: {
      type: 'array',
      items: { type: 'string' },
      default: [],
      description: 'The scopes to request.',
    },
    retry: retryWithoutEffect,
    cache: {
      type: 'object',
      additionalProperties: false,
      description: 'The cache of tokens.',
      properties: {
        enabled: { type: 'boolean', default: false, description: 'Whether tokens are cached.' },
        ttl: { ...duration, description: 'The longest time that a token is cached.' },
        max_tokens: {
          type: 'integer',
          default: 1000,
          description: 'Accepted without effect: `cache.memory.bytes` bounds the whole cache.',
        },
      },
    },
  },
} as const

type Config = FromSchema<typeof schema>

export const oauth2ClientCredentials: Kind<Config, Authenticate> = {
  schema,
  asksOutside: true,
  credentials: () => [{ in: 'header', name: 'authorization' }],
  create: (config, { http, cache }) => {
    const { token_url: url, required_scope: scopes } = config
    const parameters = scopes.length === 0 ? [] : [['scope', scopes.join(' ')] as const]
    const caches = config.cache?.enabled === true
    const join = createSingleFlight<TokenOutcome>()
    const longest = config.cache?.ttl === undefined ? undefined : parseDuration(config.cache.ttl)

    const grant = (session: Session, subject: string): Session =>
      withSession(session, {
        subject,
        credential: { in: 'header', name: 'authorization' },
      })

    async function ask(session: Session, client: Client, request: AccessRequest) {
      const key = cacheKey('client_credentials', url, scopes, client.id, client.secret)
      if (caches && (await cache.get(key)) !== undefined) return grant(session, client.id)
      const asked = { url, client: client.id, secret: client.secret, parameters }
      const outcome = await (caches
        ? join(key, () => fetchToken(http, asked))
        : fetchToken(http, { ...asked, signal: request.signal, trace: request.headers }))
      if (outcome.kind !== 'token') return denialOf(outcome)
      const lifetime = lifetimeOf(outcome.expiresIn, longest)
      if (caches) cache.set(key, true, lifetime)
      return grant(session, client.id)
    }

    return (session, request) => {
      const client = clientOf(request.headers.first('authorization'))
      if (client === undefined) return notResponsible
      return client === 'malformed' ? badEscape : ask(session, client, request)
    }
  },
}

interface Client {
  readonly id: string
  readonly secret: string
}

const basic = /^basic ([A-Za-z0-9+/]*={0,2})$/i

function clientOf(authorization: string | undefined): Client | 'malformed' | undefined {
  const [, encoded] = basic.exec(authorization ?? '') ?? []
  if (encoded === undefined || encoded.length % 4 !== 0) return undefined
  const pair = Buffer.from(encoded, 'base64').toString('latin1')
  const colon = pair.indexOf(':')
  if (colon < 0) return undefined
  const id = unescapeQuery(pair.slice(0, colon))
  const secret = unescapeQuery(pair.slice(colon + 1))
  return id === undefined || secret === undefined ? 'malformed' : { id, secret }
}

/** Milliseconds; undefined: as long as there is room. A token without an expiry is not cached when `ttl` is set. */
function lifetimeOf(
  expiresIn: number | undefined,
  longest: number | undefined,
): number | undefined {
  if (expiresIn === undefined) return longest === undefined ? undefined : 0
  return Math.min(expiresIn * 1000, longest ?? Number.POSITIVE_INFINITY)
}

const badEscape = refusedCredential({
  message: message.unauthorized,
  reason: 'the credentials have a malformed escape',
})

const answers: Readonly<Record<number, readonly [code: FailureCode, message: string]>> = {
  404: ['not_found', 'Upstream service not found'],
  500: ['internal_server_error', 'The upstream service encountered an unexpected error'],
  503: ['service_unavailable', 'The upstream service is not available'],
  504: ['gateway_timeout', 'The upstream service is timing out'],
}

function denialOf(outcome: Exclude<TokenOutcome, { kind: 'token' }>): Failure {
  if (outcome.kind === 'failure') return unavailable(outcome.info.reason ?? outcome.info.message)
  if (outcome.kind === 'malformed') return unavailable('the token endpoint returned no token')
  const { reply, error } = outcome
  if (reply.status === 429) return tooManyRequests(reply)
  const [code, text] = answers[reply.status] ?? ['unauthorized', message.unauthorized]
  const info = { message: text, ...(error === undefined ? {} : { reason: error }) }
  return refusing.has(reply.status) ? refusedCredential(info) : failure(code, info)
}

/** What a token endpoint answers to credentials that are not valid (RFC 6749, 5.2), and a gateway before it. */
const refusing = new Set([400, 401, 403])

const unavailable = (reason: string): Failure =>
  failure('service_unavailable', { message: 'The upstream service is not available', reason })
