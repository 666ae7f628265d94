/** HTTP/2 header blocks with arbitrary fields, in place of those that node:http2 writes. */
import { Duplex } from 'node:stream'

/** Latin1-coded, pseudo-headers included, in the order in which they are sent. */
export type Fields = readonly (readonly [name: string, value: string])[]

const preface = 24
const frameHead = 9
const headersType = 1
const endOfStream = 1
const endOfHeaders = 4

/** Each field is a literal with its name, not indexed, without Huffman coding. */
export const encodeFields = (fields: Fields): Buffer =>
  Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), ...[name, value].map(encodeText)]))

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([encodeLength(bytes.length), bytes])
}

/** RFC 7541, 5.1: seven bits, then groups of seven. */
function encodeLength(length: number): Buffer {
  if (length < 127) return Buffer.of(length)
  const bytes = [127]
  let rest = length - 127
  for (; rest > 127; rest >>= 7) bytes.push((rest & 127) | 128)
  return Buffer.of(...bytes, rest)
}

/** Writes what a client writes to `socket`, with its header blocks replaced by these, one after the other. */
export function exchanging(socket: Duplex, blocks: readonly Buffer[]): Duplex {
  const left = [...blocks]
  let waiting: Buffer = Buffer.alloc(0)
  let begun = false
  const write = (part: Buffer): Buffer => {
    waiting = Buffer.concat([waiting, part])
    if (!begun && waiting.length < preface) return Buffer.alloc(0)
    const { frames, rest } = split(waiting, begun ? 0 : preface)
    const first = begun ? Buffer.alloc(0) : waiting.subarray(0, preface)
    begun = true
    waiting = rest
    return Buffer.concat([first, ...frames.map(frame => exchanged(frame, left))])
  }
  const duplex = new Duplex({
    read: () => void socket.resume(),
    write: (part: Buffer, _encoding, done) => void socket.write(write(part), () => done()),
    final: done => void socket.end(() => done()),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', part => void duplex.push(part))
  socket.on('end', () => void duplex.push(null))
  socket.on('error', error => void duplex.destroy(error))
  return duplex
}

function split(bytes: Buffer, from: number): { readonly frames: Buffer[]; readonly rest: Buffer } {
  const frames: Buffer[] = []
  let at = from
  while (bytes.length - at >= frameHead) {
    const end = at + frameHead + bytes.readUIntBE(at, 3)
    if (end > bytes.length) break
    frames.push(bytes.subarray(at, end))
    at = end
  }
  return { frames, rest: bytes.subarray(at) }
}

function exchanged(frame: Buffer, blocks: Buffer[]): Buffer {
  const block = frame[3] === headersType ? blocks.shift() : undefined
  if (block === undefined) return frame
  const head = Buffer.from(frame.subarray(0, frameHead))
  head.writeUIntBE(block.length, 0, 3)
  head[4] = ((frame[4] ?? 0) & endOfStream) | endOfHeaders
  return Buffer.concat([head, block])
}
