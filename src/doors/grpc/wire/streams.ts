/**
 * Reads and answers checks directly on their HTTP/2 stream, because the layers of grpc-js cost more than a decision.
 * Calls of other services go through grpc-js, under the same guard.
 */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { Server, status } from '@grpc/grpc-js'
import type { Answerer } from './call.ts'
import { inflate } from './inflate.ts'
import { createLibraryGuard } from './library-streams.ts'
import { onStream } from './on-stream.ts'
import {
  answerGiven,
  countBytes,
  createStreamGuard,
  type GuardedStream,
  messageArrived,
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

/** Internal methods of grpc-js's server. */
interface Hooks {
  _streamHandler?: StreamHandler
  /** Counts the stream for the idle timeout of its connection. */
  onStreamOpened?: (stream: ServerHttp2Stream) => void
}

/** False: this version of grpc-js has no hook and reads every call itself. */
export const offersStreams = '_streamHandler' in Server.prototype

/** Call it before the server is bound. False: grpc-js has no hook and handles every call itself, without the guard. */
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

function read(guarded: GuardedStream, route: Route, headers: IncomingHttpHeaders): void {
  const { stream } = guarded
  const chunks: Buffer[] = []
  let size = 0
  const take = (chunk: Buffer): void => {
    chunks.push(chunk)
    size += chunk.length
    if (size > route.messageBytes + prefixBytes) refuseGuarded(guarded, tooLarge)
    else countBytes(guarded, chunk.length)
  }
  const end = (): void => {
    const framed = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    if (framed === undefined || !isComplete(framed)) refuseGuarded(guarded, notOneMessage)
    else receive(guarded, route, { framed, headers })
  }
  stream.on('data', onStream(stream, take))
  stream.on('end', onStream(stream, end))
}

/** True for exactly one frame: a flag byte, the length (4 bytes), and that many bytes. */
const isComplete = (framed: Buffer): boolean =>
  framed.length >= prefixBytes && framed.readUInt32BE(1) === framed.length - prefixBytes

interface Received {
  readonly framed: Buffer
  readonly headers: IncomingHttpHeaders
}

function receive(guarded: GuardedStream, route: Route, { framed, headers }: Received): void {
  const timeout = timeoutOf(headers)
  if (timeout === 'malformed') {
    refuseGuarded(guarded, badTimeout)
    return
  }
  messageArrived(guarded)
  const message = framed.subarray(prefixBytes)
  if (framed[0] === 0) answerCheck(guarded, route, { message, timeout })
  else {
    const encoding = String(headers['grpc-encoding'] ?? '')
    const compressed = { message, encoding, most: route.messageBytes }
    const go = (unpacked: Buffer | Refusal | undefined): void => {
      if (unpacked === undefined) return
      if (Buffer.isBuffer(unpacked)) answerCheck(guarded, route, { message: unpacked, timeout })
      else refuseGuarded(guarded, unpacked)
    }
    void inflate(guarded, compressed).then(onStream(guarded.stream, go))
  }
}

interface CheckMessage {
  readonly message: Buffer
  readonly timeout: number | undefined
}

function answerCheck(guarded: GuardedStream, { answer }: Route, check: CheckMessage): void {
  const { stream } = guarded
  if (isOver(stream)) return
  let hungUp: (() => void) | undefined
  const call = {
    message: check.message,
    timeout: check.timeout,
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

function send(guarded: GuardedStream, message: Buffer): void {
  const { stream } = guarded
  if (isOver(stream)) return
  answerGiven(guarded)
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
