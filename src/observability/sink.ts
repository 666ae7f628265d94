/**
 * Lines on their way to a file or a stream. They gather in memory and are written by threads of their own:
 * who says something never waits. When they come faster than they can be written, those beyond the bound
 * are lost, and counted.
 */
import { close, openSync, write } from 'node:fs'
import { promisify } from 'node:util'

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
const chunk = 64 * 1024

/** Throws when the file cannot be opened. */
export function createSink(options: SinkOptions): Sink {
  const { to, most = 8 * mebibyte, delay = 100, onLost = () => undefined } = options
  const descriptor = 'file' in to ? openSync(to.file, 'a') : to.stream
  let lines: string[] = []
  let waiting = 0
  let lost = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined

  const lose = (count: number, problem: string): void => {
    if (lost === 0) onLost(problem)
    lost += count
  }
  const drain = async (): Promise<void> => {
    while (lines.length > 0) {
      const taken = lines
      const size = waiting
      lines = []
      try {
        await writeWhole(descriptor, Buffer.from(taken.join(''), 'utf8'))
      } catch (error) {
        lose(taken.length, (error as Error).message)
      }
      waiting -= size
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
      lines.push(line)
      waiting += line.length
      if (waiting >= chunk) void flush()
      else timer ??= setTimeout(flush, delay).unref()
    },
    lost: () => lost,
    close: async (patience = 2000) => {
      const limit = new Promise<void>(resolve => setTimeout(resolve, patience).unref())
      await Promise.race([flush(), limit])
      if ('file' in to) close(descriptor, () => undefined)
    },
  }
}

const writeSome = promisify(write)
const busy = 10

async function writeWhole(descriptor: number, bytes: Buffer): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    try {
      written += (await writeSome(descriptor, bytes, written)).bytesWritten
    } catch (error) {
      // A pipe that does not block and is full.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      await new Promise(resolve => setTimeout(resolve, busy))
    }
  }
}
