import type { Random } from '../random.ts'

type Mutation = (random: Random, bytes: Buffer, at: number) => Buffer

const replaced = (bytes: Buffer, at: number, byte: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at] = byte
  return copy
}

const mutations: readonly Mutation[] = [
  (random, bytes, at) => replaced(bytes, at, random.int(256)),
  (random, bytes, at) => replaced(bytes, at, (bytes[at] ?? 0) ^ (1 << random.int(8))),
  (random, bytes, at) => replaced(bytes, at, random.pick([0, 1, 127, 128, 255])),
  (random, bytes, at) =>
    Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.int(20))]),
  (random, bytes, at) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.of(random.int(256)), bytes.subarray(at)]),
  (random, bytes, at) =>
    Buffer.concat([bytes.subarray(0, at), bytes.subarray(at - random.int(60))]),
  (_, bytes, at) => bytes.subarray(0, at),
]

/** Bytes with some changes behind `from`. */
export function mutated(random: Random, bytes: Buffer, from: number): Buffer {
  let changed = bytes
  for (let i = 1 + random.int(4); i > 0; i -= 1) {
    const at = Math.min(from + random.int(Math.max(1, changed.length - from)), changed.length)
    changed = random.pick(mutations)(random, changed, at)
  }
  return changed
}
