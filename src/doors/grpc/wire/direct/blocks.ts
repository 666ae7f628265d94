/** Header blocks that are encoded once. */
import type { AnswerBlocks } from '../../../../http2/answer.ts'
import { encodeFields } from '../../../../http2/hpack/encode.ts'
import type { Stream } from '../../../../http2/stream.ts'
import {
  answerType,
  emptySuccess,
  type Refusal,
  refusalHeaders,
  refusalTrailers,
} from '../refusals.ts'

const blockOf = (headers: Readonly<Record<string, string>>): Buffer =>
  encodeFields(Object.entries(headers))

/** Of an answered call. */
export const success: AnswerBlocks = {
  head: blockOf({ ':status': '200', 'content-type': answerType }),
  trailers: blockOf({ 'grpc-status': '0' }),
}

/** Of a request that is not gRPC. */
export const notGrpc: Buffer = blockOf({ ':status': '415' })

/** Of an answer without a message. */
export const nothing: Buffer = blockOf(emptySuccess)

/** Encodes the block of each refusal once. */
function remembered(headersOf: (refusal: Refusal) => Readonly<Record<string, string>>) {
  const blocks = new Map<Refusal, Buffer>()
  return (refusal: Refusal): Buffer => {
    const block = blocks.get(refusal) ?? blockOf(headersOf(refusal))
    blocks.set(refusal, block)
    return block
  }
}

/** The whole answer. */
export const refusalBlock = remembered(refusalHeaders)
/** Behind a part of an answer. */
export const trailersBlock = remembered(refusalTrailers)

/** Ends the call with a status. After the head of an answer was sent, `stream` has to be reset instead. */
export function refuse(stream: Stream, refusal: Refusal): void {
  stream.sendHead(refusalBlock(refusal), true)
}

/** The same without waiting for the rest of the request: room is needed now. */
export function refuseAtOnce(stream: Stream, refusal: Refusal): void {
  stream.endAtOnce(refusalBlock(refusal))
}
