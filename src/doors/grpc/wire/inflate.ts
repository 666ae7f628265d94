import type { Transform } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { onStream } from './on-stream.ts'
import { countBytes, type GuardedStream } from './stream-guard.ts'
import {
  badlyCompressed,
  noEncoding,
  type Refusal,
  tooLarge,
  unknownEncoding,
} from './stream-refusal.ts'

/** Memory of zlib for one message, in bytes: its window and one chunk of output. */
const unpackerBytes = 65_536

export interface Compressed {
  readonly message: Buffer
  /** `grpc-encoding`. */
  readonly encoding: string
  /** Largest uncompressed message, in bytes. */
  readonly most: number
}

/**
 * Decompresses a message. Its bytes count as held by the stream. `undefined`: the stream was refused meanwhile, or is
 * closed.
 */
export function inflate(
  guarded: GuardedStream,
  { message, encoding, most }: Compressed,
): Promise<Buffer | Refusal | undefined> {
  const create = unpackers.get(encoding)
  if (create === undefined)
    return Promise.resolve(unnamed.has(encoding) ? noEncoding : unknownEncoding)
  if (!countBytes(guarded, unpackerBytes)) return Promise.resolve(undefined)
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
      else if (!countBytes(guarded, chunk.length)) end(undefined)
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
