/** Query strings as Go reads them. Byte strings in and out. */

/**
 * The first value of that name, decoded (`+` is a space). A pair with a malformed escape or a semicolon
 * is ignored.
 */
export function readQueryValue(query: string, name: string): string | undefined {
  if (query === '') return undefined
  for (const pair of query.split('&')) {
    const value = readFromPair(pair, name)
    if (value !== undefined) return value
  }
  return undefined
}

/** The parameters, decoded, in order; malformed pairs are ignored. */
export function readQuery(query: string): readonly (readonly [name: string, value: string])[] {
  return query.split('&').flatMap(pair => {
    const read = pair === '' ? undefined : readPair(pair)
    return read === undefined ? [] : [read]
  })
}

/** The names of the query that mean one of the names, as they are written: `to%6ben` is `token`. Each once. */
export function namesInQuery(query: string, names: ReadonlySet<string>): readonly string[] {
  if (query === '') return none
  const written = query.split('&').map(pair => pair.split('=', 1)[0] ?? '')
  return [...new Set(written)].filter(name => names.has(unescapeQuery(name) ?? ''))
}

const none: readonly string[] = []

/** All values by name, decoded; undefined when a part cannot be decoded, because others may read it in another way. */
export function readWholeQuery(query: string): ReadonlyMap<string, readonly string[]> | undefined {
  const parameters = new Map<string, string[]>()
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const read = readPair(pair)
    if (read === undefined) return undefined
    const [name, value] = read
    const values = parameters.get(name)
    if (values === undefined) parameters.set(name, [value])
    else values.push(value)
  }
  return parameters
}

function readPair(pair: string): readonly [name: string, value: string] | undefined {
  if (pair.includes(';')) return undefined
  const end = pair.indexOf('=')
  const name = unescapeQuery(end < 0 ? pair : pair.slice(0, end))
  const value = end < 0 ? '' : unescapeQuery(pair.slice(end + 1))
  return name === undefined || value === undefined ? undefined : [name, value]
}

/** As Go's url.Values.Encode: sorted by name, values of one name in their order. */
export const writeQuery = (
  parameters: readonly (readonly [name: string, value: string])[],
): string =>
  parameters
    .toSorted(([one], [other]) => (one < other ? -1 : Number(one > other)))
    .map(([name, value]) => `${escapeQuery(name)}=${escapeQuery(value)}`)
    .join('&')

/** As Go's url.QueryEscape: a space is `+`. */
export const escapeQuery = (text: string): string =>
  text.replace(/[^A-Za-z0-9\-_.~]/g, byte =>
    byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )

function readFromPair(pair: string, name: string): string | undefined {
  if (pair === '' || pair.includes(';')) return undefined
  const end = pair.indexOf('=')
  const key = unescapeQuery(end < 0 ? pair : pair.slice(0, end))
  if (key !== name) return undefined
  return end < 0 ? '' : unescapeQuery(pair.slice(end + 1))
}

const malformed = /%(?![0-9a-fA-F]{2})/

/** As Go's url.QueryUnescape; undefined for a malformed escape. */
export function unescapeQuery(text: string): string | undefined {
  if (malformed.test(text)) return undefined
  return text
    .replaceAll('+', ' ')
    .replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
