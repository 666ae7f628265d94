/** Decodes header blocks (RFC 7541, 6). One decoder for each connection: the table lives as long. */
import { createDynamicTable, type DynamicTable, largestTable } from './dynamic-table.ts'
import { type Field, fieldOf } from './field.ts'
import { decodeHuffman } from './huffman.ts'
import { staticTable } from './static-table.ts'

export interface HeaderBlock {
  /** Overwritten by the next block. Incomplete when `isTooLarge`. */
  readonly fields: readonly Field[]
  /** The list is longer than the limit (RFC 9113, 6.5.2: names, values and 32 bytes for each field). */
  readonly isTooLarge: boolean
}

export interface HpackDecoder {
  /** undefined: the block is not valid, and the connection must end (RFC 7541, 2.2 to 6.3). */
  readonly decode: (bytes: Buffer, start: number, end: number) => HeaderBlock | undefined
  /** The fields of the last block are not needed any more. */
  readonly forget: () => void
}

/** `listBytes`: the limit of a header list. */
export function createHpackDecoder(listBytes: number): HpackDecoder {
  const table = createDynamicTable()
  const reader = new BlockReader()
  const fields: Field[] = []
  return {
    forget: () => {
      fields.length = 0
      reader.begin(nothing, 0, 0)
    },
    decode: (bytes, start, end) => {
      fields.length = 0
      reader.begin(bytes, start, end)
      if (!resizeTable(reader, table)) return undefined
      let left = listBytes
      while (reader.at < end) {
        const field = readField(reader, table)
        if (field === undefined) return undefined
        left -= field.size
        if (left >= 0) fields.push(field)
      }
      return { fields, isTooLarge: left < 0 }
    },
  }
}

const nothing = Buffer.alloc(0)

/** Most significant bits of the first byte of each form (RFC 7541, 6). */
const indexed = 0x80
const literalIndexed = 0x40
const sizeUpdate = 0x20

/** Two updates at most, because a peer may lower and raise the size between blocks (RFC 7541, 4.2). */
const mostUpdates = 2

function resizeTable(reader: BlockReader, table: DynamicTable): boolean {
  for (let updates = 0; (reader.peek() & 0xe0) === sizeUpdate; updates += 1) {
    const size = reader.integer(5)
    if (updates >= mostUpdates || size < 0 || size > largestTable) return false
    table.resize(size)
  }
  return true
}

function readField(reader: BlockReader, table: DynamicTable): Field | undefined {
  const first = reader.peek()
  if (first >= indexed) return lookUp(table, reader.integer(7))
  if (first >= literalIndexed) {
    const field = readLiteral(reader, table, 6)
    if (field !== undefined) table.add(field)
    return field
  }
  // An update of the size is allowed at the beginning only.
  return first >= sizeUpdate ? undefined : readLiteral(reader, table, 4)
}

function readLiteral(reader: BlockReader, table: DynamicTable, bits: number): Field | undefined {
  const index = reader.integer(bits)
  const name = index === 0 ? reader.text() : lookUp(table, index)?.name
  if (name === undefined) return undefined
  const value = reader.text()
  return value === undefined ? undefined : fieldOf(name, value)
}

const lookUp = (table: DynamicTable, index: number): Field | undefined =>
  index <= staticTable.length ? staticTable[index - 1] : table.at(index - staticTable.length - 1)

/** More bytes of an integer than this are refused: it fits into 31 bits. */
const mostBytes = 4
const invalid = -1

/** Reads integers and texts (RFC 7541, 5). A class: methods of one shape are called for each field. */
class BlockReader {
  bytes: Buffer = nothing
  at = 0
  end = 0

  begin(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  /** The next byte; 0 at the end. */
  peek(): number {
    return this.at < this.end ? (this.bytes[this.at] ?? 0) : 0
  }

  /** Reads an integer with a prefix of so many bits; `invalid`: it does not end, or is too large. */
  integer(bits: number): number {
    const most = (1 << bits) - 1
    const first = this.peek() & most
    if (this.at >= this.end) return invalid
    this.at += 1
    return first < most ? first : this.longInteger(most)
  }

  private longInteger(most: number): number {
    let value = most
    for (let i = 0; i < mostBytes && this.at < this.end; i += 1) {
      const byte = this.bytes[this.at] ?? 0
      this.at += 1
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    return invalid
  }

  /** A byte string; undefined: it does not end, or its Huffman code is not valid. */
  text(): string | undefined {
    const isHuffman = this.peek() >= 0x80
    const length = this.integer(7)
    if (length < 0 || length > this.end - this.at) return undefined
    const start = this.at
    this.at += length
    return isHuffman
      ? decodeHuffman(this.bytes, start, this.at)
      : this.bytes.toString('latin1', start, this.at)
  }
}
