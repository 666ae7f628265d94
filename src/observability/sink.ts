/**
 * Writes log lines to a file or a stream. Lines are buffered in memory and written by Node's thread pool, so that
 * callers never wait. When the buffer is full, further lines are lost and counted.
 */
import { accessSync, closeSync, constants, existsSync, openSync, write } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { openTarget, standardStream } from './sink-target.ts'

export interface Sink {
  /** Writes one line, which ends with a line break. */
  readonly write: (line: string) => void
  /** Number of lines that were lost since the start. */
  readonly lost: () => number
  /** Writes the buffered lines, within that time (milliseconds), and closes the file. */
  readonly close: (timeLimit?: number) => Promise<void>
}

export interface SinkOptions {
  /** A file, which is opened for appending, or an open stream (1: standard output, 2: standard error). */
  readonly to: { readonly file: string } | { readonly stream: 1 | 2 }
  /** Size of the buffer, in bytes; default 8 MiB. */
  readonly most?: number
  /** Longest time a line stays in the buffer before it is written, in milliseconds; default 100. */
  readonly delay?: number
  /** Called once, when the first line is lost. */
  readonly onLost?: (problem: string) => void
}

const mebibyte = 2 ** 20
const chunkBytes = 256 * 1024
/** Maximum of UTF-8 bytes per character of a string. */
const widest = 3

/** Lines that are written together. */
interface Chunk {
  readonly bytes: Buffer
  used: number
  lines: number
}

const emptyChunk = (size: number): Chunk => ({ bytes: Buffer.allocUnsafe(size), used: 0, lines: 0 })

function add(chunk: Chunk, line: string): void {
  chunk.used += chunk.bytes.write(line, chunk.used, 'utf8')
  chunk.lines += 1
}

const hasRoom = ({ bytes, used }: Chunk, line: string): boolean =>
  used + line.length * widest <= bytes.length

/** Throws when the file cannot be written. Creates and changes nothing. */
export function tryFile(file: string): void {
  if (existsSync(file))
    closeSync(openSync(file, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK))
  else accessSync(dirname(file), constants.W_OK | constants.X_OK)
}

/** Throws when the file cannot be opened. */
export function createSink(options: SinkOptions): Sink {
  const { to, most = 8 * mebibyte, delay = 100, onLost = () => undefined } = options
  const target = 'file' in to ? openTarget(to.file) : standardStream(to.stream)
  let open = emptyChunk(chunkBytes)
  const full: Chunk[] = []
  let waiting = 0
  let lost = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let isClosed = false

  const lose = (count: number, problem: string): void => {
    if (lost === 0) onLost(problem)
    lost += count
  }
  /** A chunk to use again, because allocating buffers burdens the garbage collector. */
  let spare: Chunk | undefined
  /** Closes the open chunk. `size`: bytes of the next chunk. */
  const seal = (size = chunkBytes): void => {
    if (open.used > 0) full.push(open)
    if (spare !== undefined && size <= chunkBytes) {
      open = spare
      spare = undefined
    } else open = emptyChunk(size)
  }
  const next = (): Chunk | undefined => {
    if (full.length === 0 && open.used > 0) seal()
    return full.shift()
  }
  const drain = async (): Promise<void> => {
    for (let chunk = next(); chunk !== undefined; chunk = next()) {
      await target.follow()
      const bytes = chunk.bytes.subarray(0, chunk.used)
      const problem = await writeWhole(target.descriptor(), bytes, () => isClosed)
      if (problem !== undefined) lose(chunk.lines, problem)
      waiting -= chunk.used
      if (chunk.bytes.length === chunkBytes) spare = Object.assign(chunk, { used: 0, lines: 0 })
    }
  }
  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    writing ??= drain().finally(() => {
      writing = undefined
    })
    return writing
  }
  return {
    write: line => {
      if (waiting + line.length > most)
        return lose(1, 'lines are logged faster than they can be written')
      if (!hasRoom(open, line)) seal(Math.max(chunkBytes, line.length * widest))
      const before = open.used
      add(open, line)
      waiting += open.used - before
      if (full.length > 0) void flush()
      else timer ??= setTimeout(flush, delay).unref()
    },
    lost: () => lost,
    close: async (timeLimit = 2000) => {
      const limit = new Promise<void>(resolve => setTimeout(resolve, timeLimit).unref())
      const flushed = flush()
      await Promise.race([flushed, limit])
      isClosed = true
      // Not during a write: the number of the descriptor could belong to another file then.
      void flushed.finally(target.close)
    },
  }
}

const writeSome = promisify(write)
const busy = 10

/** Writes all bytes. Returns the problem; undefined: none. */
async function writeWhole(
  descriptor: number,
  bytes: Buffer,
  isClosed: () => boolean,
): Promise<string | undefined> {
  let written = 0
  while (written < bytes.length) {
    if (isClosed()) return 'the log was closed'
    try {
      written += (await writeSome(descriptor, bytes, written)).bytesWritten
    } catch (error) {
      // EAGAIN: a non-blocking pipe is full.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return (error as Error).message
      await new Promise(resolve => setTimeout(resolve, busy))
    }
  }
  return undefined
}
