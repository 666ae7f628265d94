/**
 * Bytes of a stream that are kept. The sender chooses how many chunks it makes, and a Buffer costs a hundred bytes and
 * more, so small chunks are copied into larger blocks.
 */
export interface KeptBytes {
  /** All bytes that were added. */
  readonly length: () => number
  readonly add: (chunk: Buffer) => void
  /** A function that returns the next bytes, from the first ones on; undefined: no more were added so far. */
  readonly reader: () => () => Buffer | undefined
  /** All bytes that are kept, in one Buffer. */
  readonly joined: () => Buffer
  /** Returns the blocks and keeps them no longer. Readers do not see what is added later. */
  readonly takeAll: () => Buffer[]
}

interface Block {
  readonly memory: Buffer
  used: number
}

/** Sizes of a block into which chunks are copied, in bytes; a block is as large as all before it together. */
const smallest = 1024
const largest = 65_536

export function createKeptBytes(): KeptBytes {
  let blocks: Block[] = []
  let length = 0
  const addBlock = (chunk: Buffer): void => {
    const size = blocks.length === 0 ? 0 : Math.min(Math.max(length, smallest), largest)
    const isLarge = chunk.length >= size
    const memory = isLarge ? chunk : Buffer.allocUnsafeSlow(size)
    if (!isLarge) chunk.copy(memory)
    blocks.push({ memory, used: chunk.length })
  }
  return {
    length: () => length,
    add: chunk => {
      const last = blocks.at(-1)
      if (last === undefined || last.used + chunk.length > last.memory.length) addBlock(chunk)
      else last.used += chunk.copy(last.memory, last.used)
      length += chunk.length
    },
    reader: () => readerOf(blocks),
    joined: () => joinedBytes(blocks.map(usedPart)),
    takeAll: () => {
      const taken = blocks.map(usedPart)
      blocks = []
      return taken
    },
  }
}

const usedPart = ({ memory, used }: Block): Buffer =>
  used === memory.length ? memory : memory.subarray(0, used)

const joinedBytes = (parts: readonly Buffer[]): Buffer => {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
}

function readerOf(blocks: readonly Block[]): () => Buffer | undefined {
  let block = 0
  let at = 0
  return () => {
    // The last block may have grown since it was read.
    if (at === blocks[block]?.used && block + 1 < blocks.length) {
      block += 1
      at = 0
    }
    const { memory, used = 0 } = blocks[block] ?? {}
    if (memory === undefined || at === used) return undefined
    const part = memory.subarray(at, used)
    at = used
    return part
  }
}
