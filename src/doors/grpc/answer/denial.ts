/** Encodes a finished HTTP answer as a denying CheckResponse. */
import { textOf } from '../../../lib/bytes.ts'
import type { Reply } from '../../../model/decision.ts'
import { failure, message } from '../../../model/failure.ts'
import { refusal } from '../../refusal.ts'
import { checkResponse } from '../messages.ts'
import { type DecisionMetadata, writeDynamicMetadata } from './dynamic-metadata.ts'
import { answerOption, type HeaderOption, optionsOf } from './header-options.ts'
import { statusCodeOf } from './status.ts'

/** Limit of headers and of the body, in bytes: Envoy drops larger ones. */
const mostBytes = 60 * 1024
const notModified = 304

/** Never fails: a reply that cannot be sent becomes a 500. */
export function renderDenial({ status, headers, body }: Reply, logged = noMetadata): Buffer {
  const options = optionsOf(headers, answerOption)
  if (options === undefined || !isDenial(status)) return internalDenial
  const denied =
    sizeOf(options) > mostBytes
      ? { status: status < 400 ? 401 : status, headers: [], body: cut(body) }
      : { status, headers: options, body: status === notModified ? '' : cut(body) }
  return encodeDenial(denied, logged)
}

const noMetadata: DecisionMetadata = { metadata: {} }

/** Other statuses look like a success or break the client's connection. */
const isDenial = (status: number): boolean =>
  Number.isInteger(status) && status >= 300 && status <= 599

interface Denied {
  readonly status: number
  readonly headers: readonly HeaderOption[]
  readonly body: string
}

function encodeDenial({ status, headers, body }: Denied, logged: DecisionMetadata): Buffer {
  const writer = checkResponse.encode({
    status: { code: statusCodeOf(status) },
    denied_response: { status: { code: status }, headers, body: textOf(body) },
  })
  writeDynamicMetadata(writer, logged)
  return writer.finish() as Buffer
}

const sizeOf = (options: readonly HeaderOption[]): number =>
  options.reduce((sum, { header }) => sum + header.key.length + Buffer.byteLength(header.value), 0)

/** Cuts between characters: a UTF-8 continuation byte is 10xxxxxx. */
function cut(body: string): string {
  if (body.length <= mostBytes) return body
  let end = mostBytes
  while (end > 0 && (body.charCodeAt(end) & 0xc0) === 0x80) end -= 1
  return body.slice(0, end)
}

const unexpected = refusal(failure('internal_server_error', { message: message.internal }))

/** The answer after an unexpected error: gRPC code 13 and HTTP 500. */
export const internalDenial: Buffer = encodeDenial(
  { ...unexpected, headers: optionsOf(unexpected.headers, answerOption) ?? [] },
  noMetadata,
)
