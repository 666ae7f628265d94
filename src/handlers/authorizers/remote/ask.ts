/** Calls a remote authorizer and decides by the status of its answer. */
import { parseDuration } from '../../../lib/duration.ts'
import { canonicalHeaderName, isHeaderName, isHeaderValue } from '../../../lib/header-name.ts'
import { type Failure, failure, message } from '../../../model/failure.ts'
import type { AccessRequest } from '../../../model/request.ts'
import { type Session, withSession } from '../../../model/session.ts'
import type { Http, HttpCall, HttpReply } from '../../../outbound/http.ts'
import { type RetryPolicy, sendWithRetry } from '../../../outbound/retry.ts'
import type { Advice } from '../../kind.ts'
import { tooManyRequests } from '../../rate-limit.ts'
import { compileFields, renderAll, type TemplateSettings } from '../../templates.ts'

export interface RemoteConfig {
  readonly remote: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly forward_response_headers_to_upstream: readonly string[]
  readonly retry?:
    | { readonly max_delay?: string | undefined; readonly give_up_after?: string | undefined }
    | undefined
}

export const ownedBy = (config: RemoteConfig): readonly string[] =>
  config.forward_response_headers_to_upstream.filter(isHeaderName).map(canonicalHeaderName)

/** Warns that only the status counts: a policy engine denies in the body of its answer, which is not read. */
export const adviseOnVerdict = ({ remote }: RemoteConfig): readonly Advice[] =>
  /\/v1\/data(?:\/|$)/.test(remote)
    ? [
        {
          code: 'verdict-in-body',
          key: 'remote',
          message:
            'only the status of the answer counts; a policy engine that answers 200 allows everything',
        },
      ]
    : []

const firstWait = 10

export const retryPolicy = ({ retry = {} }: RemoteConfig): RetryPolicy => {
  const most = parseDuration(retry.max_delay ?? '100ms')
  return {
    attempts: 5,
    wait: attempt => Math.min(2 ** attempt * firstWait, most),
    retryAfterMost: parseDuration(retry.give_up_after ?? '1s'),
  }
}

type Headers = Readonly<Record<string, string>>

/** Renders the configured headers; empty values are left out, Host is that of the URL. */
export function compileHeaders(
  sources: Headers,
  settings: TemplateSettings,
): (session: Session) => Headers | Failure {
  const templates = compileFields('headers', sources, settings).filter(
    ({ name }) => name.toLowerCase() !== 'host',
  )
  return session => {
    const rendered = renderAll(templates, session)
    if ('kind' in rendered) return rendered
    const set = rendered.filter(([, value]) => value !== '')
    const bad = set.find(([name, value]) => !isHeaderName(name) || !isHeaderValue(value))
    if (bad !== undefined) return invalid(bad[0])
    return Object.fromEntries(set.map(([name, value]) => [canonicalHeaderName(name), value]))
  }
}

const invalid = (name: string): Failure =>
  failure('internal_server_error', { message: `the value of header ${name} cannot be sent` })

/** The request headers that every call forwards. */
export function credentialsOf({ headers }: AccessRequest): Headers {
  const authorization = headers.first('authorization')
  return authorization ? { Authorization: authorization } : {}
}

export interface Question {
  readonly http: Http
  readonly makeCall: () => HttpCall
  readonly policy: RetryPolicy
  /** Canonical names. */
  readonly forward: readonly string[]
  /** The beginning of the message for an unexpected status. */
  readonly complaint: string
}

export async function ask(
  session: Session,
  { http, makeCall, policy, forward, complaint }: Question,
): Promise<Session | Failure> {
  const reply = await sendWithRetry(http, makeCall, policy)
  if (reply.kind === 'failure') return unreachable(reply, policy.attempts)
  if (reply.status === 200) return allowed(session, reply, forward)
  if (reply.status === 403) return failure('forbidden', { message: message.forbidden })
  if (reply.status === 429) return tooManyRequests(reply)
  return failure('internal_server_error', {
    message: `${complaint}expected status code 200 but got ${reply.status}`,
  })
}

/** A listed header that is missing in the answer is set to an empty value, so that the client's own does not pass. */
function allowed(session: Session, reply: HttpReply, forward: readonly string[]): Session {
  if (forward.length === 0) return session
  const headers = new Map(session.headers)
  for (const name of forward) headers.set(name, [reply.headers.get(name)?.[0] ?? ''])
  return withSession(session, { headers })
}

const unreachable = ({ info, cause }: Failure, attempts: number): Failure =>
  failure(
    'internal_server_error',
    {
      message: `the remote authorizer did not answer, giving up after ${attempts} attempt(s): ${info.reason ?? info.message}`,
    },
    cause,
  )
