/** gRPC statuses of calls that the port refuses itself. */
import type { RefusalReason } from '../../../http2/protocol.ts'

/** A gRPC status code and its text, in ASCII. */
export interface Refusal {
  readonly code: number
  readonly text: string
  /** How it is counted; undefined: it is the answer of a method. */
  readonly reason?: RefusalReason
  /** Default: 200. */
  readonly httpStatus?: number
}

const invalidArgument = 3
const deadlineExceeded = 4
const resourceExhausted = 8
const unimplemented = 12
const internal = 13

export const tooLarge: Refusal = {
  code: resourceExhausted,
  text: 'The message is too large',
  reason: 'too_large',
}
export const tooMuch: Refusal = {
  code: resourceExhausted,
  text: 'Too many streams or bytes at once',
  reason: 'too_many_bytes',
}
export const tooManyCalls: Refusal = { ...tooMuch, reason: 'too_many_streams' }
export const tooSlow: Refusal = {
  code: deadlineExceeded,
  text: 'The message took too long to arrive',
  reason: 'too_slow',
}
/** The time limit that the caller set. */
export const late: Refusal = { code: deadlineExceeded, text: 'Deadline exceeded' }

const malformed = (code: number, text: string): Refusal => ({ code, text, reason: 'malformed' })

export const notOneMessage = malformed(invalidArgument, 'Expected exactly one message')
export const incomplete = malformed(invalidArgument, 'The last message is not complete')
export const badMessage = malformed(internal, 'The message is not valid')
export const noEncoding = malformed(
  internal,
  'The message is compressed, and grpc-encoding is not set',
)
export const badlyCompressed = malformed(internal, 'Failed to decompress message')
export const unknownEncoding = malformed(
  unimplemented,
  'The message is compressed with an unsupported encoding',
)
export const badTimeout = malformed(internal, 'Invalid grpc-timeout value')
export const notPost: Refusal = {
  ...malformed(internal, 'The method of a gRPC call is POST'),
  httpStatus: 405,
}
export const unknownMethod: Refusal = {
  code: unimplemented,
  text: 'The server does not implement the method',
  reason: 'unknown_method',
}
/** Because of a bug. */
export const failed: Refusal = { code: internal, text: 'The call failed' }

/** The content type of every answer. */
export const answerType = 'application/grpc+proto'

/** The headers of an answer that is only a refusal; names and values are ASCII. */
export const refusalHeaders = (refusal: Refusal): Readonly<Record<string, string>> => ({
  ':status': String(refusal.httpStatus ?? 200),
  'content-type': answerType,
  ...refusalTrailers(refusal),
})

/** The trailers behind an answer that a refusal ends. */
export const refusalTrailers = ({ code, text }: Refusal): Readonly<Record<string, string>> => ({
  'grpc-status': String(code),
  'grpc-message': encodeURI(text),
})

/** Of an answer that has no message. */
export const emptySuccess: Readonly<Record<string, string>> = {
  ':status': '200',
  'content-type': answerType,
  'grpc-status': '0',
}

/** `application/grpc`, alone or with a format or parameters. */
export const isGrpcType = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^application\/grpc(?:[+;]|$)/.test(contentType)
