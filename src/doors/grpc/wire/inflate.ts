import type { Transform } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { guarded, type OnBug } from '../../../lib/guarded.ts'
import { badlyCompressed, noEncoding, type Refusal, tooLarge, unknownEncoding } from './refusals.ts'

/** Memory of zlib for one message, in bytes: its window and one chunk of output. */
const unpackerBytes = 65_536

export interface Compressed {
  readonly message: Buffer
  /** `grpc-encoding`. */
  readonly encoding: string
  /** Largest uncompressed message, in bytes. */
  readonly most: number
  /** Counts bytes as held by the call. False: the call was refused meanwhile, or is over. */
  readonly hold: (bytes: number) => boolean
  readonly onBug: OnBug
}

/** Decompresses a message. `undefined`: the call is over. */
export function inflate(compressed: Compressed): Promise<Buffer | Refusal | undefined> {
  const { message, encoding, most, hold, onBug } = compressed
  const create = unpackers.get(encoding)
  if (create === undefined)
    return Promise.resolve(unnamed.has(encoding) ? noEncoding : unknownEncoding)
  if (!hold(unpackerBytes)) return Promise.resolve(undefined)
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
      else if (!hold(chunk.length)) end(undefined)
    }
    const broke = (bug: unknown): void => {
      onBug(bug)
      end(undefined)
    }
    unpacker.on('data', guarded(take, broke))
    unpacker.on('end', () => end(Buffer.concat(chunks)))
    unpacker.on('error', () => end(badlyCompressed))
    unpacker.end(message)
  })
}

const unpackers: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', () => createGunzip()],
  ['deflate', () => createInflate()],
])

/** The encoding; unknown ones have one name, because a call keeps it and a caller's text may be long. */
export const knownEncoding = (encoding = ''): string =>
  unpackers.has(encoding) || unnamed.has(encoding) ? encoding : 'unknown'

const unnamed: ReadonlySet<string> = new Set(['', 'identity'])
