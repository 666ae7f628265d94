import { writeHead } from './frame-writer.ts'
import { flag, frameHead, frameType, smallestMaxFrame } from './protocol.ts'
import type { Stream } from './stream.ts'

/** Header blocks that are the same for all answers. */
export interface AnswerBlocks {
  readonly head: Buffer
  readonly trailers: Buffer
}

/** Sends a whole answer: its head, its data and its trailers, as one buffer when the client's windows allow it. */
export function sendAnswer(stream: Stream, blocks: AnswerBlocks, data: Buffer): void {
  if (!stream.isLocalOpen) return
  if (fits(stream, data.length)) {
    stream.takeWindow(data.length)
    stream.owner.write(wholeAnswer(stream.id, blocks, data))
    stream.endLocal()
  } else {
    stream.sendHead(blocks.head, false)
    stream.send(data, blocks.trailers)
  }
}

const fits = ({ sendWindow, owner }: Stream, length: number): boolean =>
  length <= sendWindow &&
  length <= owner.sendWindow &&
  length <= smallestMaxFrame &&
  !owner.isTableUpdateDue

const lastHeaders = flag.endHeaders | flag.endStream

function wholeAnswer(stream: number, { head, trailers }: AnswerBlocks, data: Buffer): Buffer {
  const { headers, data: dataType } = frameType
  const answer = Buffer.allocUnsafe(3 * frameHead + head.length + data.length + trailers.length)
  let at = 0
  const append = (type: number, flags: number, payload: Buffer): void => {
    at = writeHead(answer, at, { type, flags, stream, length: payload.length })
    answer.set(payload, at)
    at += payload.length
  }
  append(headers, flag.endHeaders, head)
  append(dataType, 0, data)
  append(headers, lastHeaders, trailers)
  return answer
}
