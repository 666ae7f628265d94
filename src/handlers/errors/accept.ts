/**
 * Reads the media types of an Accept header as Oathkeeper does: a type may have a quality and no other
 * parameter. At any other text the reading ends: the types before it count, the rest does not.
 */

/** The types in order, without their qualities. One pass, because clients control the text. */
export function acceptedTypes(value: string): readonly string[] {
  const types: string[] = []
  for (const entry of value.split(',')) {
    const read = readEntry(entry.trim())
    if (read === undefined) return types
    types.push(read.type)
    if (!read.isWhole) return types
  }
  return types
}

interface Entry {
  readonly type: string
  /** False when text follows that is not valid. */
  readonly isWhole: boolean
}

const type = /^[!#$%&'*+./0-9A-Z^_`a-z|~-]+/

function readEntry(entry: string): Entry | undefined {
  const name = type.exec(entry)?.[0]
  if (name === undefined) return undefined
  const rest = entry.slice(name.length).trimStart()
  if (!rest.startsWith(';')) return { type: name, isWhole: rest === '' }
  const quality = qualityAt(rest.slice(1).trimStart())
  return quality === undefined ? undefined : { type: name, isWhole: quality === '' }
}

/** The text after `q=0.5`; undefined when there is no quality. */
function qualityAt(text: string): string | undefined {
  const quality = /^q=[01](?:\.\d*)?/.exec(text)?.[0]
  if (quality === undefined) return undefined
  return text.slice(quality.length).trimStart()
}
