/** An access token for another service: fetched once for all callers that wait, and used until shortly before it expires. */
import { type Failure, failure } from '../model/failure.ts'
import type { Http } from './http/call.ts'
import { fetchToken, type TokenOutcome, type TokenRequest } from './token-endpoint.ts'

export interface ClientToken {
  /** The fetch continues when a caller disconnects, because others may wait for it. */
  get(): string | Promise<string | Failure>
}

/** A token is used until so many milliseconds before it expires. */
const margin = 10_000

interface Held {
  readonly token: string
  readonly until: number
}

type Style = 'basic' | 'body'

export function createClientToken(
  http: Http,
  request: Omit<TokenRequest, 'style' | 'signal'>,
  now: () => number,
): ClientToken {
  let held: Held | undefined
  let pending: Promise<string | Failure> | undefined
  let style: Style | undefined

  /** Tries Basic authentication first, then the secret in the body. */
  async function ask(): Promise<TokenOutcome> {
    const first = await fetchToken(http, { ...request, style: style ?? 'basic' })
    if (style !== undefined || first.kind !== 'refused') return first
    return fetchToken(http, { ...request, style: 'body' }).then(second => {
      if (second.kind === 'token') style = 'body'
      return second
    })
  }

  async function fetch(): Promise<string | Failure> {
    const at = now()
    const outcome = await ask()
    if (outcome.kind !== 'token') return toFailure(outcome)
    style ??= 'basic'
    const { token, expiresIn } = outcome
    const until =
      expiresIn === undefined ? Number.POSITIVE_INFINITY : at + expiresIn * 1000 - margin
    held = { token, until }
    return token
  }

  return {
    get: () => {
      if (held !== undefined && now() < held.until) return held.token
      pending ??= fetch().finally(() => {
        pending = undefined
      })
      return pending
    },
  }
}

function toFailure(outcome: Exclude<TokenOutcome, { kind: 'token' }>): Failure {
  if (outcome.kind === 'failure') return outcome
  const reason =
    outcome.kind === 'malformed'
      ? 'the token endpoint returned no token'
      : `the token endpoint answered with status ${outcome.reply.status}`
  return failure('bad_gateway', { message: 'Could not get a token for the call', reason })
}
