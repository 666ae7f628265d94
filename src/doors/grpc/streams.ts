/**
 * Unary calls read and answered on their HTTP/2 stream, past the layers of grpc-js, which cost more than a
 * decision does. Only the plain call takes this way: not compressed, with a well-formed timeout or none.
 * All others, and all calls should grpc-js one day not offer the hook, go through the library as ever.
 */
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { type Server, status } from '@grpc/grpc-js'
import type { Answerer } from './call.ts'

interface Route {
  /** `/package.Service/Method`. */
  readonly path: string
  readonly answer: Answerer
  /** Most bytes of a message. */
  readonly messageBytes: number
  /** Most milliseconds that a message may take to arrive. */
  readonly readTimeout: number
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

/** To be called before the server is bound. False: the library offers no hook and handles every call. */
export function takeStreams(server: Server, route: Route): boolean {
  const hooks = server as unknown as Hooks
  const library = hooks._streamHandler
  if (library === undefined) return false
  const most = route.messageBytes * unfinishedMessages
  const reading: Reading = { ...route, unfinished: { bytes: 0, most } }
  hooks._streamHandler = function handle(interceptors, stream, headers) {
    const timeout = timeoutOf(headers)
    if (headers[':path'] !== route.path || !isPlain(headers) || timeout === 'malformed') {
      library.call(this, interceptors, stream, headers)
      return
    }
    hooks.onStreamOpened?.(stream)
    read(stream, reading, timeout)
  }
  return true
}

/** How much of messages in several pieces is held until they are answered, all together: so many of the largest size. */
const unfinishedMessages = 32

interface Reading extends Route {
  readonly unfinished: { bytes: number; readonly most: number }
}

function isPlain(headers: IncomingHttpHeaders): boolean {
  const encoding = headers['grpc-encoding']
  const isIdentity = encoding === undefined || encoding === 'identity'
  return isIdentity && headers['content-type']?.startsWith('application/grpc') === true
}

const unit: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
}

function timeoutOf(headers: IncomingHttpHeaders): number | undefined | 'malformed' {
  const text = headers['grpc-timeout']
  if (text === undefined) return undefined
  if (typeof text !== 'string' || !/^\d{1,8}[HMSmun]$/.test(text)) return 'malformed'
  return Number(text.slice(0, -1)) * (unit[text.slice(-1)] ?? 0)
}

const prefixBytes = 5

/** One message arrives in one chunk, nearly always. */
function read(stream: ServerHttp2Stream, route: Reading, timeout: number | undefined): void {
  const chunks: Buffer[] = []
  let size = 0
  let slow: Slow | undefined
  stream.on('error', ignore)
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size > route.messageBytes + prefixBytes) refuse(stream, tooLarge)
    else if (slow !== undefined || !isComplete(chunk)) {
      slow ??= limitReading(stream, route)
      if (!slow.hold(chunk.length)) refuse(stream, tooMuch)
    }
  })
  stream.on('end', () => {
    clearTimeout(slow?.timer)
    const framed = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
    if (framed === undefined || !isComplete(framed)) refuse(stream, notOneMessage)
    else if (framed[0] !== 0) refuse(stream, compressed)
    else judge(stream, route, { message: framed.subarray(prefixBytes), timeout })
  })
}

/** What goes wrong with a stream closes it, and that is what is listened to. */
const ignore = (): void => undefined

/** True for exactly one frame: a flag, the length, so many bytes. */
const isComplete = (framed: Buffer): boolean =>
  framed.length >= prefixBytes && framed.readUInt32BE(1) === framed.length - prefixBytes

interface Slow {
  readonly timer: NodeJS.Timeout
  /** False when that is too much together with all others. */
  readonly hold: (bytes: number) => boolean
}

/** The message comes in pieces: callers that stop in the middle hold them neither for ever nor without a bound. */
function limitReading(stream: ServerHttp2Stream, { readTimeout, unfinished }: Reading): Slow {
  const timer = setTimeout(() => refuse(stream, tooSlow), readTimeout).unref()
  let held = 0
  stream.once('close', () => {
    clearTimeout(timer)
    unfinished.bytes -= held
  })
  return {
    timer,
    hold: bytes => {
      held += bytes
      unfinished.bytes += bytes
      return unfinished.bytes <= unfinished.most
    },
  }
}

interface Received {
  readonly message: Buffer
  readonly timeout: number | undefined
}

function judge(stream: ServerHttp2Stream, { answer }: Route, received: Received): void {
  if (isOver(stream)) return
  let hungUp: (() => void) | undefined
  const call = {
    message: received.message,
    timeout: received.timeout,
    onHangUp: (abort: () => void) => {
      hungUp = abort
      if (isOver(stream)) abort()
      else stream.once('close', abort)
    },
    release: () => {
      if (hungUp !== undefined) stream.removeListener('close', hungUp)
    },
  }
  answer(call, bytes => send(stream, bytes))
}

const isOver = (stream: ServerHttp2Stream): boolean => stream.destroyed || stream.closed

const head = { ':status': 200, 'content-type': 'application/grpc+proto' }
const withTrailers = { waitForTrailers: true, sendDate: false }
const success = { 'grpc-status': String(status.OK) }

function send(stream: ServerHttp2Stream, message: Buffer): void {
  if (isOver(stream)) return
  stream.respond(head, withTrailers)
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

type Refusal = Readonly<Record<string, string | number>>

const refusal = (code: status, text: string): Refusal => ({
  ...head,
  'grpc-status': String(code),
  'grpc-message': encodeURI(text),
})

const tooLarge = refusal(status.RESOURCE_EXHAUSTED, 'The message is too large')
const tooMuch = refusal(status.RESOURCE_EXHAUSTED, 'Too much is under way')
const notOneMessage = refusal(status.INVALID_ARGUMENT, 'Expected exactly one message')
const compressed = refusal(status.INTERNAL, 'The message is compressed, and its encoding not named')
const tooSlow = refusal(status.DEADLINE_EXCEEDED, 'The message took too long to arrive')

/** A status without a message; whatever the caller still sends is not read. */
function refuse(stream: ServerHttp2Stream, trailers: Refusal): void {
  if (isOver(stream) || stream.headersSent) return
  stream.removeAllListeners('data')
  stream.removeAllListeners('end')
  stream.respond(trailers, { endStream: true })
  stream.close(constants.NGHTTP2_NO_ERROR)
}
