/** Decodes the fields of a CheckRequest that the door reads. All strings are byte strings. */
import protobuf from 'protobufjs'
import { type Failure, failure } from '../../../model/failure.ts'
import { requestView } from '../messages.ts'

/** A header or a context extension. */
export interface WirePair {
  readonly key: string
  readonly value: string
  readonly raw_value: string
}

export interface WirePeer {
  readonly address: {
    readonly socket_address: { readonly address: string } | null
    readonly pipe: Uint8Array
  } | null
  readonly principal: string
  readonly certificate: string
}

export interface WireHttp {
  readonly method: string
  readonly path: string
  readonly host: string
  readonly scheme: string
  readonly headers: readonly WirePair[]
  readonly header_map: { readonly headers: readonly WirePair[] } | null
  readonly body: Buffer
  readonly raw_body: Buffer
}

export interface WireCheck {
  readonly attributes: {
    readonly source: WirePeer | null
    readonly request: { readonly http: WireHttp | null } | null
    readonly context_extensions: readonly WirePair[]
    readonly metadata_context: Buffer
  } | null
}

/** Fails with bad_request (not a valid CheckRequest), headers_too_large (more entries than a real request has). */
export function decodeCheck(message: Buffer): WireCheck | Failure {
  try {
    return requestView.decode(byteStringReader(message)) as unknown as WireCheck
  } catch (error) {
    return error instanceof TooManyEntries ? tooMany : notACheck
  }
}

const notACheck = failure('bad_request', { message: 'The message is not a valid CheckRequest' })
const tooMany = failure('headers_too_large', { message: 'The message has too many entries' })

/**
 * Maximum of tags and lengths in one message, enough for 4096 headers. Without it, entries of two bytes could fill
 * the memory with objects.
 */
const mostNumbers = 32_768
/** Shorter messages cannot have more, because a tag and a length take two bytes. */
const countedFrom = mostNumbers * 2

class TooManyEntries extends Error {}

interface CountingReader extends protobuf.Reader {
  left: number
}

const readNumber = protobuf.BufferReader.prototype.uint32

function readCounted(this: CountingReader): number {
  this.left -= 1
  if (this.left < 0) throw new TooManyEntries()
  return readNumber.call(this)
}

/** The strings of larger messages are copied, so that a cached token does not keep megabytes in memory. */
const cutFromOneText = 16_384

interface ByteStringReader extends protobuf.Reader {
  text: string
}

/** A reader that returns byte strings: without UTF-8 decoding, and for small messages without copying. */
export function byteStringReader(message: Buffer): protobuf.Reader {
  const reader = protobuf.Reader.create(message) as ByteStringReader & CountingReader
  if (message.length > countedFrom) {
    reader.left = mostNumbers
    reader.uint32 = readCounted
  }
  if (message.length > cutFromOneText) {
    reader.string = readCopied
    return reader
  }
  reader.text = message.toString('latin1')
  reader.string = readCut
  return reader
}

function readCut(this: ByteStringReader): string {
  const start = startOf(this, this.uint32())
  return this.text.substring(start, this.pos)
}

function readCopied(this: protobuf.Reader): string {
  const start = startOf(this, this.uint32())
  return (this.buf as Buffer).toString('latin1', start, this.pos)
}

function startOf(reader: protobuf.Reader, length: number): number {
  const start = reader.pos
  if (start + length > reader.len) throw new RangeError('a field ends after its message')
  reader.pos = start + length
  return start
}
