/**
 * The JSON body of an error, in Oathkeeper's format: members in a fixed order, empty ones left out,
 * a newline at the end.
 */
import { statusText } from '../../lib/http-status.ts'
import { encodeJson, encodeJsonString, type JsonObject } from '../../lib/json.ts'
import type { Reply } from '../../model/decision.ts'
import { type Failure, failureStatus } from '../../model/failure.ts'

/** The message for each status without details, so that internals are not shown to callers. */
const plainMessage: Readonly<Record<number, string>> = {
  400: 'The request was malformed or contained invalid parameters',
  401: 'The request could not be authorized',
  403: 'The requested action was forbidden',
  404: 'The requested resource could not be found',
  409: 'The resource could not be created due to a conflict',
  415: 'The request is using an unknown content type',
  429: 'Too many requests',
  500: 'An internal server error occurred, please contact the system administrator',
}

export interface ErrorText {
  readonly message: string
  readonly reason?: string | undefined
  readonly details?: JsonObject | undefined
}

/** The error without details: one text per status; for other statuses the status text. */
export const plainText = ({ code, info }: Failure): ErrorText => {
  if (info.isForClients) return { message: info.message }
  const status = failureStatus[code]
  return { message: plainMessage[status] ?? statusText(status) }
}

export interface ErrorReply {
  readonly failure: Failure
  readonly text: ErrorText
  /** The caller's X-Request-ID, returned in the body. */
  readonly requestId?: string | undefined
}

export function renderError({ failure, text, requestId }: ErrorReply): Reply {
  const status = failureStatus[failure.code]
  const members = [`"code":${status}`, `"status":${encodeJsonString(statusText(status))}`]
  if (requestId) members.push(`"request":${encodeJsonString(requestId)}`)
  if (text.reason) members.push(`"reason":${encodeJsonString(text.reason)}`)
  if (text.details) members.push(`"details":${encodeJson(text.details)}`)
  members.push(`"message":${encodeJsonString(text.message)}`)
  return {
    kind: 'reply',
    status,
    headers: new Map([
      ['Content-Type', ['application/json']],
      ['Ory-Error-Id', ['']],
      ...(failure.info.headers ?? []),
    ]),
    body: `{"error":{${members.join(',')}}}\n`,
  }
}
