/** Converts a flat list `[name, value, name, value, …]`, as Node returns headers, to pairs. */
export function headerPairs(flat: readonly string[]): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] ?? '', flat[i + 1] ?? ''])
  return pairs
}
