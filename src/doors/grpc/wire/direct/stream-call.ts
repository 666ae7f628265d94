/** A call whose answer is a stream, on a stream of `src/http2`. */
import type { NewRequest } from '../../../../http2/connection.ts'
import { errorCode } from '../../../../http2/protocol.ts'
import type { Stream, StreamHandler } from '../../../../http2/stream.ts'
import type { Refusal } from '../refusals.ts'
import { type Outlet, StreamCall, type StreamCallOptions } from '../services/stream-call.ts'
import { nothing, refusalBlock, refuseAtOnce, success, trailersBlock } from './blocks.ts'

export function beginStreamCall(
  { stream, head, isWhole }: NewRequest,
  options: Pick<StreamCallOptions, 'route' | 'method' | 'onEnd'>,
): StreamHandler {
  const { grpcTimeout, grpcEncoding } = head
  const outlet = outletOf(stream)
  const call = new StreamCall({ ...options, outlet, grpcTimeout, grpcEncoding })
  call.begin()
  if (isWhole) call.whole()
  return {
    data: (bytes, start, end) => {
      stream.credit(end - start)
      call.data(bytes, start, end)
    },
    end: () => call.whole(),
    closed: () => call.closed(),
    drained: () => call.drained(),
  }
}

function outletOf(stream: Stream): Outlet {
  let hasHead = false
  return {
    send: framed => {
      if (!hasHead) stream.sendHead(success.head, false)
      hasHead = true
      return stream.send(framed)
    },
    finish: refusal => {
      if (hasHead) stream.finish(refusal === undefined ? success.trailers : trailersBlock(refusal))
      else stream.sendHead(refusal === undefined ? nothing : refusalBlock(refusal), true)
    },
    cut: (refusal: Refusal) => {
      if (!hasHead) refuseAtOnce(stream, refusal)
      else if (stream.isBlocked()) stream.reset(errorCode.cancel)
      else stream.endAtOnce(trailersBlock(refusal))
    },
    isBlocked: () => stream.isBlocked(),
  }
}
