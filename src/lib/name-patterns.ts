/** Lists of names, of which one may end in `*`, for any ending. */

export type NameTest = (name: string) => boolean

/** True for the names of the list, and for those that begin with an entry before its `*`. Linear in the list of prefixes. */
export function compileNames(patterns: readonly string[]): NameTest {
  const exact = new Set(patterns.filter(pattern => !pattern.endsWith('*')))
  const prefixes = patterns.filter(pattern => pattern.endsWith('*')).map(prefixOf)
  if (prefixes.length === 0) return name => exact.has(name)
  return name => exact.has(name) || prefixes.some(prefix => name.startsWith(prefix))
}

/** The entry without the `*` at its end. */
export const prefixOf = (pattern: string): string =>
  pattern.endsWith('*') ? pattern.slice(0, -1) : pattern

/** What is wrong with an entry; undefined: nothing. */
export function patternProblem(pattern: string): string | undefined {
  const prefix = prefixOf(pattern)
  if (prefix === '') return 'a name, or the beginning of one before "*"'
  return prefix.includes('*') ? 'a name with "*" only at its end' : undefined
}
