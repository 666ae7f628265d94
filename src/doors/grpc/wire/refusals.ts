/** gRPC statuses of calls that the port refuses itself. */

/** A gRPC status code and its text, in ASCII. */
export interface Refusal {
  readonly code: number
  readonly text: string
}

const invalidArgument = 3
const deadlineExceeded = 4
const resourceExhausted = 8
const unimplemented = 12
const internal = 13
const unavailable = 14

export const tooLarge: Refusal = { code: resourceExhausted, text: 'The message is too large' }
export const tooMuch: Refusal = {
  code: resourceExhausted,
  text: 'Too many streams or bytes at once',
}
export const tooSlow: Refusal = {
  code: deadlineExceeded,
  text: 'The message took too long to arrive',
}
export const notOneMessage: Refusal = {
  code: invalidArgument,
  text: 'Expected exactly one message',
}
export const noEncoding: Refusal = {
  code: internal,
  text: 'The message is compressed, and grpc-encoding is not set',
}
export const badlyCompressed: Refusal = { code: internal, text: 'Failed to decompress message' }
export const unknownEncoding: Refusal = {
  code: unimplemented,
  text: 'The message is compressed with an unsupported encoding',
}
export const badTimeout: Refusal = { code: internal, text: 'Invalid grpc-timeout value' }
export const unknownMethod: Refusal = {
  code: unimplemented,
  text: 'The server does not implement the method',
}
export const servicesFailed: Refusal = {
  code: unavailable,
  text: 'The service cannot be reached',
}

/** The content type of every answer. */
export const answerType = 'application/grpc+proto'

/** The headers of an answer that is only a refusal; names and values are ASCII. */
export const refusalHeaders = ({ code, text }: Refusal): Readonly<Record<string, string>> => ({
  ':status': '200',
  'content-type': answerType,
  'grpc-status': String(code),
  'grpc-message': encodeURI(text),
})

/** `application/grpc`, alone or with a format or parameters. */
export const isGrpcType = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^application\/grpc(?:[+;]|$)/.test(contentType)
