/** Pages and charts of a result, by their paths from the root of the repository. */
import type { Result } from '../result.ts'
import { blocks } from './blocks.ts'
import { charts } from './charts.ts'
import { fill } from './markdown.ts'

/** Their prose is written by hand. */
export const pagesWithTables = ['docs/benchmarks.md', 'docs/scaling.md', 'docs/operations.md']
export const resultFile = 'docs/benchmarks/result.json'

export function benchmarkPages(
  result: Result,
  read: (path: string) => string,
): ReadonlyMap<string, string> {
  const tables = blocks(result)
  const pages = pagesWithTables.map(path => [path, fill(read(path), tables)] as const)
  const pictures = [...charts(result)].map(
    ([name, svg]) => [`docs/benchmarks/${name}`, svg] as const,
  )
  return new Map([...pages, ...pictures])
}
