/** Limits for streams that grpc-js reads: health, reflection, and calls of unknown methods. */
import type { IncomingHttpHeaders } from 'node:http2'
import { closeAnsweredStream } from '../../../lib/close-answered-stream.ts'
import { onStream } from './on-stream.ts'
import {
  answerGiven,
  countBytes,
  type GuardedStream,
  messageArrived,
  refuseGuarded,
} from './stream-guard.ts'
import { tooMuch } from './stream-refusal.ts'

/** Largest message to these services, in bytes; it holds the name of a service or symbol. */
export const libraryMessageBytes = 65_536

/** `pass` gives the stream to grpc-js. */
export type GuardLibrary = (
  guarded: GuardedStream,
  headers: IncomingHttpHeaders,
  pass: () => void,
) => void

/** Maximum of open streams of one kind; each proxy or tool opens a few. */
const mostLasting = 100

/** Time limit of a reflection stream in milliseconds; tools read all files within it. */
const longestReflection = 60_000

/** Largest sum of reflection requests on one stream, in bytes (some hundreds): grpc-js buffers the answers. */
const mostRequestBytes = 16_384

const watch = '/grpc.health.v1.Health/Watch'
const reflection = /^\/grpc\.reflection\.v1(?:alpha)?\.ServerReflection\//

export function createLibraryGuard(): GuardLibrary {
  const watches = { open: 0 }
  const reflections = { open: 0 }
  const follow = (guarded: GuardedStream, path: string): boolean => {
    if (path === watch) return countOpen(guarded, watches) && followMessage(guarded, messageArrived)
    if (reflection.test(path)) return countOpen(guarded, reflections) && followReflection(guarded)
    return followMessage(guarded, answerGiven)
  }
  return (guarded, headers, pass) => {
    if (!follow(guarded, headers[':path'] ?? '')) return
    pass()
    // grpc-js refused the stream and does not read it.
    if (guarded.stream.headersSent) closeAnsweredStream(guarded.stream)
  }
}

function followMessage(guarded: GuardedStream, then: (guarded: GuardedStream) => void): true {
  const { stream } = guarded
  stream.on(
    'data',
    onStream(stream, (chunk: Buffer) => void countBytes(guarded, chunk.length)),
  )
  stream.on(
    'end',
    onStream(stream, () => then(guarded)),
  )
  return true
}

/** False: too many streams of its kind are open, and this one was refused. */
function countOpen(guarded: GuardedStream, kind: { open: number }): boolean {
  if (kind.open >= mostLasting) {
    refuseGuarded(guarded, tooMuch)
    return false
  }
  kind.open += 1
  guarded.stream.once('close', () => {
    kind.open -= 1
  })
  return true
}

/** Requests and answers alternate: each request restarts the time limit, up to the limit of the whole stream. */
function followReflection(guarded: GuardedStream): true {
  const { stream, bounds } = guarded
  const end = performance.now() + longestReflection
  let receivedBytes = 0
  const take = (chunk: Buffer): void => {
    receivedBytes += chunk.length
    guarded.until = Math.min(end, performance.now() + bounds.readTimeout)
    if (receivedBytes > mostRequestBytes) refuseGuarded(guarded, tooMuch)
  }
  stream.on('data', onStream(stream, take))
  stream.on(
    'end',
    onStream(stream, () => answerGiven(guarded)),
  )
  return true
}
