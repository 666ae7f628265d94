/** Refuses a stream with a gRPC status, without reading the rest of it. */
import { constants, type ServerHttp2Stream } from 'node:http2'
import { status } from '@grpc/grpc-js'
import { closeAnsweredStream } from '../../../lib/close-answered-stream.ts'

export type Refusal = Readonly<Record<string, string | number>>

/** Headers of every answer of the port. */
export const answerHead = { ':status': 200, 'content-type': 'application/grpc+proto' }

export const refusal = (code: status, text: string): Refusal => ({
  ...answerHead,
  'grpc-status': String(code),
  'grpc-message': encodeURI(text),
})

export const tooLarge = refusal(status.RESOURCE_EXHAUSTED, 'The message is too large')
export const tooMuch = refusal(status.RESOURCE_EXHAUSTED, 'Too many streams or bytes at once')
export const tooSlow = refusal(status.DEADLINE_EXCEEDED, 'The message took too long to arrive')
export const notOneMessage = refusal(status.INVALID_ARGUMENT, 'Expected exactly one message')
export const noEncoding = refusal(
  status.INTERNAL,
  'The message is compressed, and grpc-encoding is not set',
)
export const badlyCompressed = refusal(status.INTERNAL, 'Failed to decompress message')
export const unknownEncoding = refusal(
  status.UNIMPLEMENTED,
  'The message is compressed with an unsupported encoding',
)
export const badTimeout = refusal(status.INTERNAL, 'Invalid grpc-timeout value')

export const isOver = (stream: ServerHttp2Stream): boolean => stream.destroyed || stream.closed

/** Data that the caller still sends is discarded. */
export function refuse(stream: ServerHttp2Stream, why: Refusal): void {
  if (isOver(stream)) return
  stream.removeAllListeners('data')
  stream.removeAllListeners('end')
  if (stream.headersSent) {
    stream.close(constants.NGHTTP2_CANCEL)
    return
  }
  stream.respond(why, { endStream: true })
  closeAnsweredStream(stream)
}
