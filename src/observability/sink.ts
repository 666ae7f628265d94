/**
 * Lines on their way to a file or a stream. They gather in memory and are written by threads of their own:
 * who says something never waits. When they come faster than they can be written, those beyond the bound
 * are lost, and counted.
 */
import { accessSync, closeSync, constants, existsSync, openSync, write } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { openTarget, standardStream } from './sink-target.ts'

export interface Sink {
  /** One line, its line break included. */
  readonly write: (line: string) => void
  /** Lines that were lost since the start. */
  readonly lost: () => number
  /** Writes what is there, for so many milliseconds at most. */
  readonly close: (patience?: number) => Promise<void>
}

export interface SinkOptions {
  /** Opened for appending, or a stream that is open already. */
  readonly to: { readonly file: string } | { readonly stream: 1 | 2 }
  /** Most characters that wait. */
  readonly most?: number
  /** Milliseconds that a line may wait for company. */
  readonly delay?: number
  /** Told once when lines are lost. */
  readonly onLost?: (problem: string) => void
}

const mebibyte = 2 ** 20
const chunkBytes = 256 * 1024
/** Most bytes of a character. */
const widest = 3

/** Lines that are written at once. */
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

/** Throws when a sink could not write to this file. Creates and changes nothing. */
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
  /** Used again: memory outside the heap is dear to the collector. */
  let spare: Chunk | undefined
  /** `size`: of the chunk that comes next. */
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
      if (waiting + line.length > most) return lose(1, 'they come faster than they can be written')
      if (!hasRoom(open, line)) seal(Math.max(chunkBytes, line.length * widest))
      const before = open.used
      add(open, line)
      waiting += open.used - before
      if (full.length > 0) void flush()
      else timer ??= setTimeout(flush, delay).unref()
    },
    lost: () => lost,
    close: async (patience = 2000) => {
      const limit = new Promise<void>(resolve => setTimeout(resolve, patience).unref())
      const flushed = flush()
      await Promise.race([flushed, limit])
      isClosed = true
      // Not while something is written: the number of the descriptor may be another file's then.
      void flushed.finally(target.close)
    },
  }
}

const writeSome = promisify(write)
const busy = 10

/** Why it could not be written, if it could not. */
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
      // A pipe that does not block and is full.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return (error as Error).message
      await new Promise(resolve => setTimeout(resolve, busy))
    }
  }
  return undefined
}
