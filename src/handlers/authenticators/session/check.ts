/** Converts a session store's answer to a session. */
import { compilePath } from '../../../lib/gjson.ts'
import { isJsonObject, type JsonValue, tryJson } from '../../../lib/json.ts'
import { type Failure, failure, message, refusedCredential } from '../../../model/failure.ts'
import type { CredentialSource, Session } from '../../../model/session.ts'
import { withSession } from '../../../model/session.ts'
import type { Http, HttpCall } from '../../../outbound/http.ts'
import { tooManyRequests } from '../../rate-limit.ts'

export interface AnswerPaths {
  readonly subject: string
  readonly extra: string
}

export type Check = (
  session: Session,
  call: HttpCall,
  credential: CredentialSource,
) => Promise<Session | Failure>

/** Throws an Error that names the field when a path is not valid. */
export function compileCheck(http: Http, paths: AnswerPaths): Check {
  const findSubject = compileNamed('subject_from', paths.subject)
  const findExtra = compileNamed('extra_from', paths.extra)
  const accept = (
    session: Session,
    body: JsonValue,
    credential: CredentialSource,
  ): Session | Failure => {
    const subject = findSubject(body) ?? null
    const extra = findExtra(body) ?? null
    if (subject !== null && typeof subject !== 'string')
      return wrongType('subject_from', paths.subject, 'a string')
    if (!subject) return unauthorized(noSubject(paths.subject))
    if (extra !== null && !isJsonObject(extra))
      return wrongType('extra_from', paths.extra, 'an object')
    return withSession(session, { subject, extra, credential })
  }
  return async (session, call, credential) => {
    const reply = await http.send(call)
    if (reply.kind === 'failure') return unreachable(reply)
    if (reply.status === 429) return tooManyRequests(reply)
    if (reply.status !== 200) return badStatus(reply.status)
    const body = tryJson(reply.body.toString('latin1'))
    return body === undefined
      ? unauthorized('the answer of the session store is not JSON')
      : accept(session, body, credential)
  }
}

function compileNamed(field: string, path: string) {
  try {
    return compilePath(path)
  } catch (error) {
    throw new Error(`${field}: ${(error as Error).message}`)
  }
}

const unauthorized = (reason: string): Failure =>
  failure('unauthorized', { message: message.unauthorized, reason })

/** The status is only logged, as in Oathkeeper. */
function badStatus(status: number): Failure {
  const cause = `the session store answered with status ${status}`
  const info = { message: message.unauthorized }
  const isRefused = status === 401 || status === 403
  return isRefused ? refusedCredential(info, cause) : failure('unauthorized', info, cause)
}

const forbidden = (reason: string, cause?: unknown): Failure =>
  failure('forbidden', { message: message.forbidden, reason }, cause)

const unreachable = ({ info, cause }: Failure): Failure =>
  forbidden(`the session store could not be reached: ${info.reason ?? info.message}`, cause)

const noSubject = (path: string): string =>
  `the answer of the session store has no subject: subject_from expects it at ${JSON.stringify(path)}`

const wrongType = (field: string, path: string, expected: string): Failure =>
  forbidden(
    `The configured ${field} GJSON path returned an error on JSON output: expected ${expected} at ${JSON.stringify(path)}`,
  )
