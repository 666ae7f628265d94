/** Flat header lists `[name, value, name, value, …]`, as Node returns them. */

export function headerPairs(flat: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = []
  forEachHeader(flat, (name, value) => pairs.push([name, value]))
  return pairs
}

export function forEachHeader(
  flat: readonly string[],
  visit: (name: string, value: string) => void,
): void {
  for (let i = 0; i < flat.length; i += 2) visit(flat[i] ?? '', flat[i + 1] ?? '')
}

/** The headers for which `isKept` is true, as a flat list. */
export function filterHeaders(
  flat: readonly string[],
  isKept: (name: string, value: string) => boolean,
): string[] {
  const kept: string[] = []
  forEachHeader(flat, (name, value) => {
    if (isKept(name, value)) kept.push(name, value)
  })
  return kept
}

/** The first value of a name, which is in lower case. */
export function firstHeader(flat: readonly string[], lowerName: string): string | undefined {
  const at = flat.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === lowerName)
  return at < 0 ? undefined : flat[at + 1]
}
