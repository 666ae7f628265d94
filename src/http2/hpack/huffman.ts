/** Huffman's code of HPACK (RFC 7541, 5.2 and Appendix B). */

/** Bits of the code of each byte, 16 to a line. Codes of one length follow one another in the order of the bytes. */
const lengths = [
  [13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  [28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  [6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  [5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  [13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  [7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  [15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  [6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  [20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  [24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  [22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  [21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  [26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  [19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  [20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  [26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
].flat()
/** The end-of-string symbol, which a text never contains. */
const endOfString = 256
const bitsOf = (symbol: number): number => lengths[symbol] ?? 30

/** Two branches each: an index of a node, or `leaf` plus a symbol. */
type Tree = [number, number][]
const leaf = 0x1000

function buildTree(): Tree {
  const symbols = Array.from({ length: endOfString + 1 }, (_, symbol) => symbol)
  symbols.sort((a, b) => bitsOf(a) - bitsOf(b) || a - b)
  const tree: Tree = [[0, 0]]
  let code = 0
  let bits = bitsOf(symbols[0] ?? 0)
  for (const symbol of symbols) {
    code <<= bitsOf(symbol) - bits
    bits = bitsOf(symbol)
    addLeaf(tree, { code, bits, symbol })
    code += 1
  }
  return tree
}

interface Code {
  readonly code: number
  readonly bits: number
  readonly symbol: number
}

function addLeaf(tree: Tree, { code, bits, symbol }: Code): void {
  let node = 0
  for (let bit = bits - 1; bit > 0; bit -= 1) node = childOf(tree, node, (code >>> bit) & 1)
  const last = tree[node]
  if (last !== undefined) last[code & 1] = leaf + symbol
}

function childOf(tree: Tree, node: number, branch: number): number {
  const branches = tree[node]
  if (branches === undefined) return 0
  if (branches[branch] === 0) branches[branch] = tree.push([0, 0]) - 1
  return branches[branch] ?? 0
}

const nibbles = 16
/** In a step: no symbol ends here. */
const noSymbol = 0x1ff
/** All bits are set, as in `noSymbol`. */
const failed = -1

/**
 * For each node and each next four bits: the node after them and the symbol that ends there (`noSymbol`: none), as
 * `node * 512 + symbol`; `failed`: the end-of-string symbol. No code is shorter than four bits, so that one symbol
 * ends at most.
 */
function buildSteps(tree: Tree): Int32Array {
  const steps = new Int32Array(tree.length * nibbles)
  for (let node = 0; node < tree.length; node += 1) {
    for (let nibble = 0; nibble < nibbles; nibble += 1) {
      steps[node * nibbles + nibble] = stepFrom(tree, node, nibble)
    }
  }
  return steps
}

function stepFrom(tree: Tree, from: number, nibble: number): number {
  let node = from
  let symbol = noSymbol
  for (let bit = 3; bit >= 0; bit -= 1) {
    const next = tree[node]?.[(nibble >>> bit) & 1] ?? 0
    if (next < leaf) node = next
    else {
      symbol = next - leaf
      node = 0
    }
  }
  return symbol === endOfString ? failed : node * 512 + symbol
}

/** Nodes at which a text may end: after at most seven bits of ones since the last symbol (RFC 7541, 5.2). */
function buildEnds(tree: Tree): Uint8Array {
  const ends = new Uint8Array(tree.length)
  let node = 0
  for (let bits = 0; bits <= 7; bits += 1) {
    ends[node] = 1
    node = tree[node]?.[1] ?? 0
  }
  return ends
}

const tree = buildTree()
const steps = buildSteps(tree)
const ends = buildEnds(tree)

/** A text of n bytes has at most this many times n characters: the shortest code has five bits. */
const growth = 8 / 5

let scratch = Buffer.allocUnsafe(1024)
let written = 0

/** A byte string; undefined: the code is not valid. The caller bounds the number of bytes. */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string | undefined {
  const most = Math.ceil((end - start) * growth)
  if (scratch.length < most) scratch = Buffer.allocUnsafe(most)
  written = 0
  let node = 0
  for (let at = start; at < end && node !== failed; at += 1) {
    const byte = bytes[at] ?? 0
    node = follow(node, byte >>> 4)
    if (node !== failed) node = follow(node, byte & 15)
  }
  return ends[node] === 1 ? scratch.toString('latin1', 0, written) : undefined
}

/** The node after four bits; `failed`: the code is not valid. Writes the symbol that ends there. */
function follow(node: number, nibble: number): number {
  const step = steps[node * nibbles + nibble] ?? failed
  const symbol = step & noSymbol
  if (symbol !== noSymbol) {
    scratch[written] = symbol
    written += 1
  }
  return step >> 9
}
