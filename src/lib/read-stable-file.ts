import type { Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { openTextOf } from './open-texts.ts'
import { readablePath } from './reach.ts'

const tries = 10
const pauseBetween = 20

/**
 * Reads a file that is not being written at the same time; otherwise reads it again. Rejects when it cannot be
 * read, is longer than `most` bytes, or is written all the time.
 */
export async function readStableFile(path: string, most: number): Promise<Buffer> {
  const shown = openTextOf(path)
  if (shown !== undefined) return Buffer.from(shown)
  const handle = await open(readablePath(path))
  try {
    for (let left = tries; left > 0; left--) {
      const bytes = await readStable(handle, most)
      if (bytes !== undefined) return bytes
      await setTimeout(pauseBetween)
    }
  } finally {
    await handle.close()
  }
  throw new Error(`"${path}" is being written`)
}

async function readStable(handle: FileHandle, most: number): Promise<Buffer | undefined> {
  const before = await handle.stat()
  if (before.size > most) throw new Error(`more than ${most} bytes`)
  const bytes = await readBytes(handle, before.size)
  const after = await handle.stat()
  const isWhole =
    bytes.length === before.size && after.size === before.size && after.mtimeMs === before.mtimeMs
  return isWhole && !mayGoOn(after) ? bytes : undefined
}

/** Most programs write up to this many bytes in one call, so no partial file is visible. */
const atOnce = 65_536
/** A file is complete when nobody has written to it for this many milliseconds. */
const quiet = 50

/** True for a file that was just truncated, or is long, and may still be written. */
const mayGoOn = ({ size, mtimeMs }: Stats): boolean =>
  (size === 0 || size > atOnce) && Math.abs(Date.now() - mtimeMs) < quiet

async function readBytes(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size)
  let filled = 0
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}
