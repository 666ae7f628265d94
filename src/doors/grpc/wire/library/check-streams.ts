/** Checks on streams of Node's HTTP/2. */
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { reportBug } from '../../../../lib/guarded.ts'
import { createKeptBytes } from '../../../../lib/kept-bytes.ts'
import type { UnaryCall } from '../call.ts'
import { inflate } from '../inflate.ts'
import { frameMessage, isCompressed, isOneMessage, prefixBytes } from '../message.ts'
import { answerType, badTimeout, notOneMessage, type Refusal, tooLarge } from '../refusals.ts'
import type { Route } from '../route.ts'
import { timeoutOf } from '../timeout.ts'
import { type GuardedStream, isOver } from './guarded-stream.ts'
import { onStream } from './on-stream.ts'

/** Reads a check and answers it. */
export function readCheck(
  guarded: GuardedStream,
  headers: IncomingHttpHeaders,
  route: Route,
): void {
  const { stream } = guarded
  const kept = createKeptBytes()
  const take = (chunk: Buffer): void => {
    kept.add(chunk)
    if (kept.length() > route.messageBytes + prefixBytes) guarded.refuse(tooLarge)
    else guarded.hold(chunk.length)
  }
  const end = (): void => {
    const framed = kept.joined()
    if (!isOneMessage(framed)) guarded.refuse(notOneMessage)
    else receive(guarded, route, { framed, headers })
  }
  stream.on('data', onStream(stream, take))
  stream.on('end', onStream(stream, end))
}

interface Received {
  readonly framed: Buffer
  readonly headers: IncomingHttpHeaders
}

function receive(guarded: GuardedStream, route: Route, { framed, headers }: Received): void {
  const sent = headers['grpc-timeout']
  const timeout = timeoutOf(sent === undefined ? undefined : String(sent))
  if (timeout === 'malformed') {
    guarded.refuse(badTimeout)
    return
  }
  guarded.messageArrived()
  const message = framed.subarray(prefixBytes)
  if (isCompressed(framed)) {
    const encoding = String(headers['grpc-encoding'] ?? '')
    unpack(guarded, route, { message, timeout, encoding })
  } else route.answer(new StreamCall(guarded, message, timeout))
}

interface Compressed {
  readonly message: Buffer
  readonly timeout: number | undefined
  readonly encoding: string
}

function unpack(guarded: GuardedStream, route: Route, compressed: Compressed): void {
  const { message, timeout, encoding } = compressed
  const go = (unpacked: Buffer | Refusal | undefined): void => {
    if (unpacked === undefined || isOver(guarded.stream)) return
    if (Buffer.isBuffer(unpacked)) route.answer(new StreamCall(guarded, unpacked, timeout))
    else guarded.refuse(unpacked)
  }
  void inflate({
    message,
    encoding,
    most: route.messageBytes,
    hold: bytes => guarded.hold(bytes),
    onBug: reportBug,
  }).then(onStream(guarded.stream, go))
}

class StreamCall implements UnaryCall {
  readonly message: Buffer
  readonly timeout: number | undefined
  private readonly guarded: GuardedStream
  private abort: (() => void) | undefined

  constructor(guarded: GuardedStream, message: Buffer, timeout: number | undefined) {
    this.guarded = guarded
    this.message = message
    this.timeout = timeout
  }

  onHangUp(abort: () => void): void {
    const { stream } = this.guarded
    this.abort = abort
    if (isOver(stream)) abort()
    else stream.once('close', abort)
  }

  release(): void {
    if (this.abort !== undefined) this.guarded.stream.removeListener('close', this.abort)
  }

  refuse(refusal: Refusal): void {
    if (!isOver(this.guarded.stream)) this.guarded.refuse(refusal)
  }

  answer(bytes: Buffer): void {
    const { guarded } = this
    const { stream } = guarded
    if (isOver(stream)) return
    guarded.answerSent()
    stream.respond(answerHead, withTrailers)
    stream.on('wantTrailers', sendSuccess)
    stream.end(frameMessage(bytes))
  }
}

const answerHead = { ':status': 200, 'content-type': answerType }
const withTrailers = { waitForTrailers: true, sendDate: false }
const success = { 'grpc-status': '0' }

function sendSuccess(this: ServerHttp2Stream): void {
  this.sendTrailers(success)
}
