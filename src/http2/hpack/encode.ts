/**
 * Writes header blocks. Every field is a literal that no table keeps (RFC 7541, 6.2.2), so that a block does not depend
 * on the ones before and constant blocks can be prepared.
 */

/** Names are in lower case; names and values are byte strings. */
export function encodeFields(fields: Iterable<readonly [name: string, value: string]>): Buffer {
  const parts: Buffer[] = []
  for (const [name, value] of fields) {
    parts.push(literal, encodeText(name), encodeText(value))
  }
  return Buffer.concat(parts)
}

const literal = Buffer.of(0)

/** The beginning of a block that sets the size of the table to zero (RFC 7541, 6.3). */
export const emptyTable: Buffer = Buffer.of(0x20)

/** The largest number in a prefix of seven bits. */
const prefix = 0x7f

function encodeText(text: string): Buffer {
  return Buffer.concat([encodeLength(text.length), Buffer.from(text, 'latin1')])
}

/** RFC 7541, 5.1. */
function encodeLength(length: number): Buffer {
  if (length < prefix) return Buffer.of(length)
  const bytes = [prefix]
  let rest = length - prefix
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & prefix) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}
