/**
 * hydrator: asks another service to complete the session.
 *
 * Takes       `api.url`, which receives the session as JSON and the request's headers and query.
 * Gives       the session from the answer: `extra` and `header` replace the earlier ones; the match context
 *             is kept if the answer has none.
 * Fails with  internal_server_error for any status but 200, another subject, an answer that is not valid, and
 *             when the service is unreachable.
 * Owns        the headers that it returns.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { durationPattern, parseDuration } from '../../lib/duration.ts'
import { type JsonValue, parseJson } from '../../lib/json.ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { Session } from '../../model/session.ts'
import { cacheKey } from '../../outbound/cache.ts'
import { type HttpReply, shared } from '../../outbound/http.ts'
import { type RetryPolicy, sendWithRetry } from '../../outbound/retry.ts'
import { createSingleFlight } from '../../outbound/single-flight.ts'
import { encodeSession } from '../../templates/session-json.ts'
import type { Kind, Step } from '../kind.ts'
import { readSession } from './hydrator/answer.ts'
import { copied, targetOf } from './hydrator/request.ts'

const duration = { type: 'string', pattern: durationPattern } as const

const basicSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'Basic credentials.',
  required: ['username', 'password'],
  properties: {
    username: { type: 'string', description: 'The user.' },
    password: { type: 'string', description: 'The password.' },
  },
} as const

const apiSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'The service that completes the session.',
  required: ['url'],
  properties: {
    url: { type: 'string', format: 'uri', description: 'Where the session is sent.' },
    auth: {
      type: 'object',
      additionalProperties: false,
      description: 'Credentials that are sent to this service.',
      properties: { basic: basicSchema },
    },
    retry: {
      type: 'object',
      additionalProperties: false,
      description: 'Retries of failed calls: five attempts at most.',
      properties: {
        max_delay: {
          ...duration,
          default: '100ms',
          description: 'The longest wait between two attempts.',
        },
        give_up_after: {
          ...duration,
          default: '1s',
          description:
            'The longest time of one attempt, and the longest wait that Retry-After may ask for.',
        },
      },
    },
  },
} as const

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['api'],
  properties: {
    api: apiSchema,
    cache: {
      type: 'object',
      additionalProperties: false,
      description: 'The cache of answers.',
      properties: {
        enabled: { type: 'boolean', default: false, description: 'Whether answers are cached.' },
        ttl: {
          ...duration,
          default: '1m',
          description: 'How long an answer is cached. `0s` means one minute.',
        },
      },
    },
  },
} as const

type Config = FromSchema<typeof schema>

const minute = 60_000

export const hydrator: Kind<Config, Step> = {
  schema,
  asksOutside: true,
  create: (config, { http, cache }) => {
    const { api } = config
    const authorization = basicOf(api)
    const policy = policyOf(api)
    const timeout = parseDuration(api.retry?.give_up_after ?? '1s')
    const caches = config.cache?.enabled === true
    const lifetime = parseDuration(config.cache?.ttl ?? '1m') || minute
    const target = targetOf(api.url)
    const headers = { ...authorization, 'Content-Type': 'application/json' }

    const join = createSingleFlight<HttpReply | Failure>()

    async function ask(session: Session, request: AccessRequest, [key, body]: Question) {
      const call = {
        method: 'POST',
        url: target(request),
        headers,
        passed: copied(request),
        body,
        redirects: 3,
        timeout,
        signal: request.signal,
        trace: request.headers,
      }
      const reply = await (key === undefined
        ? sendWithRetry(http, () => call, policy)
        : join(key, () => sendWithRetry(http, () => shared(call), policy)))
      return answerOf(reply, { session, hasCredentials: 'Authorization' in authorization })
    }

    return async (session, request) => {
      const body = encodeSession(session)
      const key = caches
        ? cacheKey('hydrator', target(request), authorization.Authorization, sent(request), body)
        : undefined
      const known = key === undefined ? undefined : await cache.get(key)
      if (known !== undefined) return readSession(session, known)
      const answer = await ask(session, request, [key, body])
      if ('kind' in answer) return answer
      if (key !== undefined) cache.set(key, answer.raw, lifetime)
      return answer.session
    }
  },
}

/** Part of the key, because an earlier hydrator may have replaced the headers and the URL in the session. */
const sent = (request: AccessRequest): string => JSON.stringify([...copied(request)])

/** The key of the answer, if it may be cached, and the body of the call. */
type Question = readonly [key: string | undefined, body: string]

type Api = Config['api']

function basicOf({ auth }: Api): { readonly Authorization?: string } {
  if (auth?.basic === undefined) return {}
  const pair = `${auth.basic.username}:${auth.basic.password}`
  return { Authorization: `Basic ${Buffer.from(pair, 'latin1').toString('base64')}` }
}

function policyOf({ retry }: Api): RetryPolicy {
  const most = parseDuration(retry?.max_delay ?? '100ms')
  return {
    attempts: 5,
    wait: attempt => Math.min(2 ** attempt * 1000, most),
    retryAfterMost: parseDuration(retry?.give_up_after ?? '1s'),
  }
}

interface Asked {
  readonly session: Session
  readonly hasCredentials: boolean
}

interface Completed {
  readonly raw: JsonValue
  readonly session: Session
}

function answerOf(
  reply: HttpReply | Failure,
  { session, hasCredentials }: Asked,
): Completed | Failure {
  if (reply.kind === 'failure') {
    const { info, cause } = reply
    return internalError(`The external API did not answer: ${info.reason ?? info.message}`, cause)
  }
  if (reply.status === 401) return hasCredentials ? badCredentials : noCredentials
  if (reply.status !== 200) return notOk
  try {
    const raw = parseJson(reply.body.toString('latin1'))
    const completed = readSession(session, raw)
    return completed.subject === session.subject ? { raw, session: completed } : invalid
  } catch (error) {
    return internalError(
      'The call to an external API returned an invalid JSON object',
      String(error),
    )
  }
}

const internalError = (text: string, cause?: unknown): Failure =>
  failure('internal_server_error', { message: text }, cause)

const badCredentials = internalError('Invalid credentials were provided in mutator configuration')
const noCredentials = internalError('No credentials were provided in mutator configuration')
const notOk = internalError('The call to an external API returned a non-200 HTTP response')
const invalid = internalError('The call to an external API returned an invalid JSON object')
