/** The guard of streams that grpc-js reads: health, reflection, and whatever it refuses by itself. */
import type { IncomingHttpHeaders } from 'node:http2'
import { closeAnsweredStream } from '../../lib/close-answered-stream.ts'
import { onStream } from './on-stream.ts'
import { answered, arrived, type Guarded, hold, refuseGuarded } from './stream-guard.ts'
import { tooMuch } from './stream-refusal.ts'

/** Most bytes of a message to these services: it is the name of a service or of a symbol. */
export const libraryMessageBytes = 65_536

/** `pass` hands the stream to the library. */
export type GuardLibrary = (
  guarded: Guarded,
  headers: IncomingHttpHeaders,
  pass: () => void,
) => void

/** How many streams of one kind may stay open: some for each proxy or tool that asks. */
const mostLasting = 100

/** Milliseconds: in which a tool has asked for all files, one after the other. */
const longestReflection = 60_000

/** Bytes of all its questions, some hundreds: the library holds the answers until the caller takes them. */
const mostQuestions = 16_384

const watch = '/grpc.health.v1.Health/Watch'
const reflection = /^\/grpc\.reflection\.v1(?:alpha)?\.ServerReflection\//

export function createLibraryGuard(): GuardLibrary {
  const watches = { open: 0 }
  const reflections = { open: 0 }
  const follow = (guarded: Guarded, path: string): boolean => {
    if (path === watch) return takePlace(guarded, watches) && followMessage(guarded, arrived)
    if (reflection.test(path)) return takePlace(guarded, reflections) && followReflection(guarded)
    return followMessage(guarded, answered)
  }
  return (guarded, headers, pass) => {
    if (!follow(guarded, headers[':path'] ?? '')) return
    pass()
    // The library refused it, and reads no more of it.
    if (guarded.stream.headersSent) closeAnsweredStream(guarded.stream)
  }
}

function followMessage(guarded: Guarded, then: (guarded: Guarded) => void): true {
  const { stream } = guarded
  stream.on(
    'data',
    onStream(stream, (chunk: Buffer) => void hold(guarded, chunk.length)),
  )
  stream.on(
    'end',
    onStream(stream, () => then(guarded)),
  )
  return true
}

/** False: there are too many of its kind, and this one was refused. */
function takePlace(guarded: Guarded, places: { open: number }): boolean {
  if (places.open >= mostLasting) {
    refuseGuarded(guarded, tooMuch)
    return false
  }
  places.open += 1
  guarded.stream.once('close', () => {
    places.open -= 1
  })
  return true
}

/** Questions and answers take turns: the time starts anew with each, and all together have an end. */
function followReflection(guarded: Guarded): true {
  const { stream, bounds } = guarded
  const end = performance.now() + longestReflection
  let asked = 0
  const take = (chunk: Buffer): void => {
    asked += chunk.length
    guarded.until = Math.min(end, performance.now() + bounds.readTimeout)
    if (asked > mostQuestions) refuseGuarded(guarded, tooMuch)
  }
  stream.on('data', onStream(stream, take))
  stream.on(
    'end',
    onStream(stream, () => answered(guarded)),
  )
  return true
}
