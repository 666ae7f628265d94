/**
 * Hashes of all substrings ("windows") of a text that have one length, from one pass over the text:
 * a window's hash is the difference of two prefix hashes.
 */
const base = 0x01000193

/** Values that are computed once per length. */
export interface Width {
  readonly length: number
  /** The base to the power of the length. */
  readonly power: number
}

export const widthOf = (length: number): Width => {
  let power = 1
  for (let i = 0; i < length; i++) power = Math.imul(power, base)
  return { length, power }
}

/** Buffer for the prefix hashes of a text; enlarged for a longer text. */
export interface Prefixes {
  hashes: Int32Array
}

export const createPrefixes = (): Prefixes => ({ hashes: new Int32Array(1024) })

export function hashPrefixes(prefixes: Prefixes, text: string): Int32Array {
  if (prefixes.hashes.length <= text.length) prefixes.hashes = new Int32Array(text.length * 2)
  const { hashes } = prefixes
  let hash = 0
  for (let i = 0; i < text.length; i++) {
    hash = (Math.imul(hash, base) + text.charCodeAt(i) + 1) | 0
    hashes[i + 1] = hash
  }
  return hashes
}

/** The hash of the window that begins at `at`; windows of different lengths have different hashes. */
export function windowHash(hashes: Int32Array, at: number, width: Width): number {
  const plain = (hashes[at + width.length] ?? 0) - Math.imul(hashes[at] ?? 0, width.power)
  const mixed = Math.imul(plain ^ (plain >>> 15) ^ width.length, 0x2c1b3c6d)
  return (mixed ^ (mixed >>> 13)) >>> 0
}
