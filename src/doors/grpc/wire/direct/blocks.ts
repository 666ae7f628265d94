/** Header blocks that are encoded once. */
import type { AnswerBlocks } from '../../../../http2/answer.ts'
import { encodeFields } from '../../../../http2/hpack/encode.ts'
import type { Stream } from '../../../../http2/stream.ts'
import { answerType, type Refusal, refusalHeaders } from '../refusals.ts'

const blockOf = (headers: Readonly<Record<string, string>>): Buffer =>
  encodeFields(Object.entries(headers))

/** Of an answered call. */
export const success: AnswerBlocks = {
  head: blockOf({ ':status': '200', 'content-type': answerType }),
  trailers: blockOf({ 'grpc-status': '0' }),
}

/** Of a request that is not gRPC. */
export const notGrpc: Buffer = blockOf({ ':status': '415' })

const refusals = new Map<Refusal, Buffer>()

/** Ends the call with a status. After the head of an answer was sent, `stream` has to be reset instead. */
export function refuse(stream: Stream, refusal: Refusal): void {
  stream.sendHead(blockOfRefusal(refusal), true)
}

/** The same without waiting for the rest of the request: room is needed now. */
export function refuseAtOnce(stream: Stream, refusal: Refusal): void {
  stream.endAtOnce(blockOfRefusal(refusal))
}

function blockOfRefusal(refusal: Refusal): Buffer {
  const block = refusals.get(refusal) ?? blockOf(refusalHeaders(refusal))
  refusals.set(refusal, block)
  return block
}
