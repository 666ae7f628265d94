/** CheckRequest bytes to what the door reads of them. All strings are byte strings. */
import protobuf from 'protobufjs'
import { requestView } from './messages.ts'

/** A header, a context extension: one key and its value. */
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

/** `undefined`: this is no CheckRequest. */
export function decodeCheck(message: Buffer): WireCheck | undefined {
  try {
    return requestView.decode(byteStringReader(message)) as unknown as WireCheck
  } catch {
    return undefined
  }
}

/** Larger messages are cut field by field, so that a remembered token does not keep megabytes alive. */
const cutFromOneText = 16_384

interface ByteStringReader extends protobuf.Reader {
  text: string
}

/** A reader whose strings are byte strings: no decoding, and in a small message no copying either. */
export function byteStringReader(message: Buffer): protobuf.Reader {
  const reader = protobuf.Reader.create(message) as ByteStringReader
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
