/** Query strings as Go reads them. Byte strings in and out. */

/**
 * The first value of that name, decoded (`+` is a space). A pair with a malformed escape or a semicolon
 * does not exist.
 */
export function readQueryValue(query: string, name: string): string | undefined {
  if (query === '') return undefined
  for (const pair of query.split('&')) {
    const value = readFromPair(pair, name)
    if (value !== undefined) return value
  }
  return undefined
}

function readFromPair(pair: string, name: string): string | undefined {
  if (pair === '' || pair.includes(';')) return undefined
  const end = pair.indexOf('=')
  const key = decoded(end < 0 ? pair : pair.slice(0, end))
  if (key !== name) return undefined
  return end < 0 ? '' : decoded(pair.slice(end + 1))
}

const malformed = /%(?![0-9a-fA-F]{2})/

function decoded(text: string): string | undefined {
  if (malformed.test(text)) return undefined
  return text
    .replaceAll('+', ' ')
    .replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
