/** A call whose answer is a stream, on a stream of Node's HTTP/2. */
import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { closeAnsweredStream } from '../../../../lib/close-answered-stream.ts'
import {
  answerType,
  emptySuccess,
  type Refusal,
  refusalTrailers,
  tooManyCalls,
} from '../refusals.ts'
import type { Route } from '../route.ts'
import type { OpenCalls } from '../services/open-calls.ts'
import type { StreamMethod } from '../services/service.ts'
import { type Outlet, StreamCall } from '../services/stream-call.ts'
import { GuardedStream, isOver } from './guarded-stream.ts'
import { onStream } from './on-stream.ts'

export interface StreamCallPlace {
  readonly route: Route
  readonly method: StreamMethod
  readonly open: OpenCalls
}

export function beginStreamCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { route, method, open }: StreamCallPlace,
): void {
  const onEnd = open.begin(method, stream.session ?? stream)
  if (onEnd === undefined) {
    new GuardedStream(stream, route).refuse(tooManyCalls)
    return
  }
  const call: StreamCall = new StreamCall({
    route,
    method,
    onEnd,
    outlet: outletOf(stream, route, () => call.drained()),
    grpcTimeout: textOf(headers['grpc-timeout']),
    grpcEncoding: textOf(headers['grpc-encoding']),
  })
  follow(stream, call)
  call.begin()
}

const textOf = (value: string | readonly string[] | undefined): string | undefined =>
  value === undefined ? undefined : String(value)

function follow(stream: ServerHttp2Stream, call: StreamCall): void {
  const on = (name: string, run: (...args: never[]) => void): void => {
    stream.on(name, onStream(stream, run as (...args: readonly unknown[]) => void))
  }
  // An error also closes the stream.
  on('error', () => undefined)
  on('data', (chunk: Buffer) => call.data(chunk, 0, chunk.length))
  on('end', () => call.whole())
  on('close', () => call.closed())
}

const withTrailers = { waitForTrailers: true, sendDate: false }

function outletOf(stream: ServerHttp2Stream, route: Route, onDrained: () => void): Outlet {
  let trailers: OutgoingHttpHeaders = { 'grpc-status': '0' }
  const sendHead = (): void => {
    stream.respond({ ':status': 200, 'content-type': answerType }, withTrailers)
    stream.on(
      'wantTrailers',
      onStream(stream, () => {
        stream.sendTrailers(trailers)
        if (!stream.readableEnded) closeAnsweredStream(stream)
      }),
    )
  }
  const finish = (refusal: Refusal | undefined): void => {
    if (isOver(stream)) return
    if (refusal !== undefined) trailers = refusalTrailers(refusal)
    // From here on the caller has its time to receive the end.
    const answered = new GuardedStream(stream, { ...route, onRefused: () => undefined })
    if (stream.headersSent) {
      stream.end()
      answered.answerSent()
    } else if (refusal !== undefined) answered.refuse(refusal)
    else {
      stream.respond(emptySuccess, { endStream: true })
      answered.answerSent()
    }
  }
  return {
    send: framed => {
      if (isOver(stream)) return true
      if (!stream.headersSent) sendHead()
      // The end of the write says that the caller has it, as far as Node knows.
      stream.write(
        framed,
        onStream(stream, () => onDrained()),
      )
      return false
    },
    finish,
    cut: refusal =>
      // Later, because Node must not write to another connection while it reads from one.
      void setImmediate(
        onStream(stream, () => {
          if (isOver(stream)) return
          if (stream.headersSent && stream.writableLength > 0) {
            new GuardedStream(stream, route).answerSent()
            stream.close(constants.NGHTTP2_CANCEL)
          } else finish(refusal)
        }),
      ),
    // The guarded stream gives the caller its time.
    isBlocked: () => false,
  }
}
