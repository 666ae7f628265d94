import { createCollector } from '../collector.ts'
import { type Connection, listBytes } from '../connection.ts'
import type { Frame } from '../frame-reader.ts'
import type { HeaderBlock } from '../hpack/decoder.ts'
import {
  type ConnectionError,
  compressionError,
  errorCode,
  flag,
  frameSizeError,
  largest31,
  protocolError,
  type RefusalReason,
  streamClosedError,
} from '../protocol.ts'
import { areTrailers, readHead } from '../request-head.ts'
import { Stream } from '../stream.ts'
import { refuse } from './data.ts'
import { stripPadding } from './padding.ts'

/** A whole header block. */
interface Block {
  readonly stream: number
  readonly endsStream: boolean
  readonly dependsOnItself: boolean
}

/** HEADERS (RFC 9113, 6.2). */
export function onHeaders(connection: Connection, frame: Frame): ConnectionError | undefined {
  const { stream, flags } = frame
  if (stream % 2 === 0 || !stripPadding(frame)) return protocolError
  let dependsOnItself = false
  if ((flags & flag.priority) !== 0) {
    if (frame.end - frame.start < 5) return frameSizeError
    dependsOnItself = (frame.bytes.readUInt32BE(frame.start) & largest31) === stream
    frame.start += 5
  }
  const block = { stream, endsStream: (flags & flag.endStream) !== 0, dependsOnItself }
  if ((flags & flag.endHeaders) !== 0) return onBlock(connection, block, frame)
  const collected = createCollector(mostBlockBytes)
  connection.block = { ...block, collected }
  return collect(connection, frame)
}

/** A header block has at most so many bytes, compressed; more are not collected (CVE-2024-27316). */
const mostBlockBytes = listBytes

const tooLong: ConnectionError = { code: errorCode.enhanceYourCalm, reason: 'header_block' }

function collect({ block }: Connection, { bytes, start, end }: Frame): ConnectionError | undefined {
  if (block === undefined) return protocolError
  if (block.collected.length() + end - start > mostBlockBytes) return tooLong
  block.collected.add(bytes, start, end)
  return undefined
}

/** CONTINUATION (6.10). */
export function onContinuation(connection: Connection, frame: Frame): ConnectionError | undefined {
  const error = collect(connection, frame)
  const { block } = connection
  if (error !== undefined || block === undefined) return error
  if ((frame.flags & flag.endHeaders) === 0) return undefined
  connection.block = undefined
  const bytes = block.collected.bytes()
  return onBlock(connection, block, { bytes, start: 0, end: bytes.length })
}

type Place = Pick<Frame, 'bytes' | 'start' | 'end'>

/** Every block is decoded, also of a stream that is refused: the table of the connection changes with it (4.3). */
function onBlock(connection: Connection, block: Block, place: Place): ConnectionError | undefined {
  const list = connection.decoder.decode(place.bytes, place.start, place.end)
  if (list === undefined) return compressionError
  const error = onList(connection, block, list)
  connection.decoder.forget()
  return error
}

function onList(
  connection: Connection,
  block: Block,
  list: HeaderBlock,
): ConnectionError | undefined {
  const known = connection.streams.get(block.stream)
  if (known !== undefined) return onTrailers(connection, known, { ...block, list })
  if (block.stream > connection.lastStream) return onRequest(connection, block, list)
  if (connection.isRemembered(block.stream)) return connection.spend(1)
  return connection.wasSkipped(block.stream) ? protocolError : streamClosedError
}

interface Trailers extends Block {
  readonly list: HeaderBlock
}

/** Trailers end the stream; their content is not used (8.1). */
function onTrailers(
  connection: Connection,
  stream: Stream,
  { endsStream, list }: Trailers,
): ConnectionError | undefined {
  if (!stream.isRemoteOpen) return streamClosedError
  const isWhole = stream.left === undefined || stream.left === 0
  if (!endsStream || !isWhole || !areTrailers(list.fields)) {
    return refuse(connection, stream, errorCode.protocolError)
  }
  stream.isRemoteOpen = false
  stream.handler?.end()
  return undefined
}

function onRequest(
  connection: Connection,
  { stream: id, endsStream, dependsOnItself }: Block,
  { fields, isTooLarge }: HeaderBlock,
): ConnectionError | undefined {
  // Streams after the last one that was named are ignored (6.8).
  if (connection.phase === 'last') return connection.spend(1)
  const isOverLimit = connection.active() >= connection.options.streams
  const stream = new Stream(connection, id)
  connection.open(stream)
  if (isOverLimit) return refuseNew(connection, stream, overLimit)
  if (isTooLarge) return refuseNew(connection, stream, tooLarge)
  const head = dependsOnItself ? undefined : readHead(fields)
  const isMalformed = head === undefined || (endsStream && (head.contentLength ?? 0) !== 0)
  if (isMalformed) return refuseNew(connection, stream, malformed)
  stream.left = head.contentLength
  stream.isRemoteOpen = !endsStream
  const handler = connection.options.onRequest({ stream, head, isWhole: endsStream })
  // A stream that was answered at once has its handler.
  stream.handler ??= handler
  // The connection can end meanwhile, when the request is one too many.
  if (connection.phase === 'over') handler?.closed()
  return undefined
}

interface Refusal {
  readonly code: number
  readonly reason: RefusalReason
}

const overLimit: Refusal = { code: errorCode.refusedStream, reason: 'too_many_streams' }
const tooLarge: Refusal = { code: errorCode.enhanceYourCalm, reason: 'too_large' }
const malformed: Refusal = { code: errorCode.protocolError, reason: 'malformed' }

function refuseNew(
  connection: Connection,
  stream: Stream,
  { code, reason }: Refusal,
): ConnectionError | undefined {
  connection.options.onRefused(reason)
  stream.reset(code)
  return connection.spendReset()
}
