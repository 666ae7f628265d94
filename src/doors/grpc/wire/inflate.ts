import type { Transform } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { onStream } from './on-stream.ts'
import { type Guarded, hold } from './stream-guard.ts'
import {
  badlyCompressed,
  noEncoding,
  type Refusal,
  tooLarge,
  unknownEncoding,
} from './stream-refusal.ts'

/** What zlib itself needs for one message: its window and a chunk of the output. */
const unpackerBytes = 65_536

export interface Compressed {
  readonly message: Buffer
  /** `grpc-encoding`. */
  readonly encoding: string
  /** Most bytes of the message as it was. */
  readonly most: number
}

/**
 * Unpacks a message, within the bounds of its stream: what is unpacked counts as held. `undefined`: the stream was
 * refused on the way, or is over.
 */
export function inflate(
  guarded: Guarded,
  { message, encoding, most }: Compressed,
): Promise<Buffer | Refusal | undefined> {
  const create = unpackers.get(encoding)
  if (create === undefined)
    return Promise.resolve(unnamed.has(encoding) ? noEncoding : unknownEncoding)
  if (!hold(guarded, unpackerBytes)) return Promise.resolve(undefined)
  const unpacker = create()
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let size = 0
    const end = (outcome: Buffer | Refusal | undefined): void => {
      unpacker.destroy()
      resolve(outcome)
    }
    const take = (chunk: Buffer): void => {
      chunks.push(chunk)
      size += chunk.length
      if (size > most) end(tooLarge)
      else if (!hold(guarded, chunk.length)) end(undefined)
    }
    unpacker.on('data', onStream(guarded.stream, take))
    unpacker.on('end', () => end(Buffer.concat(chunks)))
    unpacker.on('error', () => end(badlyCompressed))
    unpacker.end(message)
  })
}

const unpackers: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
])
const unnamed: ReadonlySet<string> = new Set(['', 'identity'])
