/** Options of Node with which workers share the memory that this process may have. */

/** Old space of a worker, in MiB, that is enough for 10,000 rules. */
const least = 128

export interface WorkerOptions {
  readonly execArgv: readonly string[]
  readonly nodeOptions: string
}

export interface OwnOptions {
  readonly workers: number
  /** The largest heap of this process, in bytes: Node derives it from the memory of the machine or of the cgroup. */
  readonly heapBytes: number
  readonly execArgv: readonly string[]
  readonly nodeOptions: string
}

/**
 * Each worker may have its share of the heap of this process, and at least 128 MiB. A percentage would be the same
 * for each worker, and Node prefers it to a size, so it is left out.
 */
export function workerOptions({ workers, heapBytes, ...own }: OwnOptions): WorkerOptions {
  const share = Math.floor(heapBytes / 2 ** 20 / workers)
  return {
    execArgv: [...withoutHeap(own.execArgv), `--max-old-space-size=${Math.max(least, share)}`],
    nodeOptions: withoutHeap(own.nodeOptions.split(/\s+/)).join(' '),
  }
}

const heapOption = /^--max[-_]old[-_]space[-_]size(?:[-_]percentage)?(=|$)/

/** The value is behind `=` or is the next word. */
const withoutHeap = (words: readonly string[]): readonly string[] =>
  words.filter((word, i) => {
    const before = i === 0 ? null : heapOption.exec(words[i - 1] ?? '')
    return !heapOption.test(word) && before?.[1] !== ''
  })
