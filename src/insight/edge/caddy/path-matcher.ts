/** Matchers that compare the path. */
import type { Block } from './blocks.ts'

/** undefined: something else decides, such as a header. */
export type PathTest = (path: string) => boolean | undefined

export interface Matcher {
  /** Empty: everything. */
  readonly written: string
  readonly test: PathTest
}

/** Of a directive: its first word, where that is a matcher. */
export function matcherOf({ words }: Block, named: ReadonlyMap<string, Block>): Matcher {
  const [, written = ''] = words
  if (written.startsWith('/')) return { written, test: pathTest([written]) }
  if (!written.startsWith('@')) return { written: '', test: () => true }
  const own = named.get(written)
  return { written, test: own === undefined ? () => undefined : namedTest(own) }
}

function namedTest({ words, block }: Block): PathTest {
  const conditions = [
    ...(words.length > 1 ? [words.slice(1)] : []),
    ...block.map(one => (one.block.length > 0 ? [] : one.words)),
  ]
  const [[name, ...args] = [], ...more] = conditions
  if (more.length > 0) return () => undefined
  if (name === 'path') return pathTest(args)
  if (name !== 'not' || args[0] !== 'path') return () => undefined
  const inner = pathTest(args.slice(1))
  return path => {
    const found = inner(path)
    return found === undefined ? undefined : !found
  }
}

function pathTest(patterns: readonly string[]): PathTest {
  const tests = patterns.map(pattern => patternTest(pattern.toLowerCase()))
  return written => {
    const found = tests.map(test => test(written.toLowerCase()))
    return found.includes(true) || (found.includes(undefined) ? undefined : false)
  }
}

/** A star at the beginning, at the end, or at both. */
function patternTest(pattern: string): PathTest {
  const inner = pattern.replace(/^\*|\*$/g, '')
  if (/[*?[\\{%]/.test(inner)) return () => undefined
  const [isOpen, isCut] = [pattern.startsWith('*'), pattern.endsWith('*')]
  if (isOpen && isCut) return path => path.includes(inner)
  if (isOpen) return path => path.endsWith(inner)
  return path => (isCut ? path.startsWith(inner) : path === inner)
}
