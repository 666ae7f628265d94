/** Collects bytes that arrive in pieces. Each byte is copied a constant number of times, however small the pieces are. */
export interface Collector {
  /** Bytes so far. */
  readonly length: () => number
  /** Memory in bytes. */
  readonly capacity: () => number
  readonly add: (bytes: Buffer, start: number, end: number) => void
  /** All bytes, valid until the next `add`. */
  readonly bytes: () => Buffer
}

const smallest = 256

/** `most`: bytes that will not be exceeded; the memory does not grow beyond them. */
export function createCollector(most: number): Collector {
  let memory = Buffer.allocUnsafeSlow(Math.min(smallest, most))
  let length = 0
  const grow = (needed: number): void => {
    const doubled = Math.min(most, memory.length * 2)
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, doubled))
    memory.copy(larger, 0, 0, length)
    memory = larger
  }
  return {
    length: () => length,
    capacity: () => memory.length,
    add: (bytes, start, end) => {
      const after = length + end - start
      if (after > memory.length) grow(after)
      bytes.copy(memory, length, start, end)
      length = after
    },
    bytes: () => memory.subarray(0, length),
  }
}
