import type { Deps } from './kind.ts'

/** True for a value that one of the texts matches, with `<…>` as in rules. Throws an Error that names the entry. */
export function compileTexts(
  field: string,
  sources: readonly string[],
  compileText: Deps['compileText'],
): (value: string) => boolean {
  const tests = sources.map((source, i) => {
    try {
      return compileText(source)
    } catch (error) {
      throw new Error(`${field}.${i}: ${(error as Error).message}`)
    }
  })
  return value => tests.some(test => test(value))
}
