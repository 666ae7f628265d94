/** A finished HTTP answer to the bytes of a denying CheckResponse. */
import { textOf } from '../../lib/bytes.ts'
import type { Reply } from '../../model/decision.ts'
import { failure, message } from '../../model/failure.ts'
import { refusal } from '../refusal.ts'
import { answerOption, type HeaderOption, optionsOf } from './header-options.ts'
import { checkResponse } from './messages.ts'
import { statusCodeOf } from './status.ts'

/** What Envoy takes in headers; larger answers would be lost on the way to the client. */
const mostBytes = 60 * 1024
const notModified = 304

/** Never fails: a reply that cannot be sent as it is becomes the 500 of something unexpected. */
export function renderDenial({ status, headers, body }: Reply): Buffer {
  const options = optionsOf(headers, answerOption)
  if (options === undefined || !isDenial(status)) return internalDenial
  if (sizeOf(options) > mostBytes) {
    return encodeDenial(status < 400 ? 401 : status, [], cut(body))
  }
  return encodeDenial(status, options, status === notModified ? '' : cut(body))
}

/** Anything below would look like a success or break the client's connection, anything above too. */
const isDenial = (status: number): boolean =>
  Number.isInteger(status) && status >= 300 && status <= 599

const encodeDenial = (status: number, headers: readonly HeaderOption[], body: string): Buffer =>
  checkResponse
    .encode({
      status: { code: statusCodeOf(status) },
      denied_response: { status: { code: status }, headers, body: textOf(body) },
    })
    .finish() as Buffer

const sizeOf = (options: readonly HeaderOption[]): number =>
  options.reduce((sum, { header }) => sum + header.key.length + Buffer.byteLength(header.value), 0)

/** Cuts at a character: a UTF-8 continuation byte is 10xxxxxx. */
function cut(body: string): string {
  if (body.length <= mostBytes) return body
  let end = mostBytes
  while (end > 0 && (body.charCodeAt(end) & 0xc0) === 0x80) end -= 1
  return body.slice(0, end)
}

const unexpected = refusal(failure('internal_server_error', { message: message.internal }))

/** The answer to anything unexpected: code 13 and a 500. */
export const internalDenial: Buffer = encodeDenial(
  unexpected.status,
  optionsOf(unexpected.headers, answerOption) ?? [],
  unexpected.body,
)
