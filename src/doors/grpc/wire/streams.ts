/**
 * Checks read and answered on their HTTP/2 stream, past the layers of grpc-js, which cost more than a decision does.
 * Calls of other services go through the library, under the same guard.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { Server, status } from '@grpc/grpc-js'
import type { Answerer } from './call.ts'
import { inflate } from './inflate.ts'
import { createLibraryGuard } from './library-streams.ts'
import { onStream } from './on-stream.ts'
import {
  answered,
  arrived,
  createStreamGuard,
  type Guarded,
  hold,
  refuseGuarded,
  type StreamGuardOptions,
} from './stream-guard.ts'
import {
  answerHead,
  badTimeout,
  isOver,
  notOneMessage,
  type Refusal,
  tooLarge,
} from './stream-refusal.ts'
import { timeoutOf } from './stream-timeout.ts'

interface Route extends StreamGuardOptions {
  /** `/package.Service/Method`. */
  readonly path: string
  readonly answer: Answerer
}

type StreamHandler = (
  this: Server,
  ...call: [interceptors: unknown, stream: ServerHttp2Stream, headers: IncomingHttpHeaders]
) => void

/** Inner methods of grpc-js's server. */
interface Hooks {
  _streamHandler?: StreamHandler
  /** Counts the stream for the idle timeout of its connection. */
  onStreamOpened?: (stream: ServerHttp2Stream) => void
}

/** False: grpc-js reads every call by itself. */
export const offersStreams = '_streamHandler' in Server.prototype

/** To be called before the server is bound. False: the library offers no hook and handles every call, without the guard. */
export function takeStreams(server: Server, route: Route): boolean {
  const hooks = server as unknown as Hooks
  const library = hooks._streamHandler
  if (library === undefined) return false
  const guard = createStreamGuard(route)
  const guardLibrary = createLibraryGuard()
  hooks._streamHandler = function handle(interceptors, stream, headers) {
    const guarded = guard(stream)
    if (headers[':path'] === route.path && isGrpc(headers)) {
      hooks.onStreamOpened?.(stream)
      read(guarded, route, headers)
      return
    }
    guardLibrary(guarded, headers, () => library.call(this, interceptors, stream, headers))
  }
  return true
}

const isGrpc = (headers: IncomingHttpHeaders): boolean =>
  headers['content-type']?.startsWith('application/grpc') === true

const prefixBytes = 5

/** One message arrives in one chunk, nearly always. */
function read(guarded: Guarded, route: Route, headers: IncomingHttpHeaders): void {
  const { stream } = guarded
  const chunks: Buffer[] = []
  let size = 0
  const take = (chunk: Buffer): void => {
    chunks.push(chunk)
    size += chunk.length
    if (size > route.messageBytes + prefixBytes) refuseGuarded(guarded, tooLarge)
    else hold(guarded, chunk.length)
  }
  const end = (): void => {
    const framed = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    if (framed === undefined || !isComplete(framed)) refuseGuarded(guarded, notOneMessage)
    else receive(guarded, route, { framed, headers })
  }
  stream.on('data', onStream(stream, take))
  stream.on('end', onStream(stream, end))
}

/** True for exactly one frame: a flag, the length, so many bytes. */
const isComplete = (framed: Buffer): boolean =>
  framed.length >= prefixBytes && framed.readUInt32BE(1) === framed.length - prefixBytes

interface Received {
  readonly framed: Buffer
  readonly headers: IncomingHttpHeaders
}

function receive(guarded: Guarded, route: Route, { framed, headers }: Received): void {
  const timeout = timeoutOf(headers)
  if (timeout === 'malformed') {
    refuseGuarded(guarded, badTimeout)
    return
  }
  arrived(guarded)
  const message = framed.subarray(prefixBytes)
  if (framed[0] === 0) judge(guarded, route, { message, timeout })
  else {
    const encoding = String(headers['grpc-encoding'] ?? '')
    const compressed = { message, encoding, most: route.messageBytes }
    const go = (unpacked: Buffer | Refusal | undefined): void => {
      if (unpacked === undefined) return
      if (Buffer.isBuffer(unpacked)) judge(guarded, route, { message: unpacked, timeout })
      else refuseGuarded(guarded, unpacked)
    }
    void inflate(guarded, compressed).then(onStream(guarded.stream, go))
  }
}

interface Asked {
  readonly message: Buffer
  readonly timeout: number | undefined
}

function judge(guarded: Guarded, { answer }: Route, asked: Asked): void {
  const { stream } = guarded
  if (isOver(stream)) return
  let hungUp: (() => void) | undefined
  const call = {
    message: asked.message,
    timeout: asked.timeout,
    onHangUp: (abort: () => void) => {
      hungUp = abort
      if (isOver(stream)) abort()
      else stream.once('close', abort)
    },
    release: () => {
      if (hungUp !== undefined) stream.removeListener('close', hungUp)
    },
  }
  answer(call, bytes => send(guarded, bytes))
}

const withTrailers = { waitForTrailers: true, sendDate: false }
const success = { 'grpc-status': String(status.OK) }

function send(guarded: Guarded, message: Buffer): void {
  const { stream } = guarded
  if (isOver(stream)) return
  answered(guarded)
  stream.respond(answerHead, withTrailers)
  stream.on('wantTrailers', sendSuccess)
  stream.end(frame(message))
}

function sendSuccess(this: ServerHttp2Stream): void {
  this.sendTrailers(success)
}

function frame(message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(prefixBytes + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  message.copy(framed, prefixBytes)
  return framed
}
