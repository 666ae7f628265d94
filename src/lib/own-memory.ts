const nothing = Buffer.alloc(0)

/** The same bytes in memory that holds little else. A part of a large chunk keeps all of it, also when it is empty. */
export function inOwnMemory(part: Buffer): Buffer {
  if (part.length === 0) return nothing
  return part.length * 2 >= part.buffer.byteLength ? part : Buffer.from(part)
}
