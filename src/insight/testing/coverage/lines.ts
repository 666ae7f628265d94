/** Coverage by the lines of rule files. */
import type { TestRun } from '../test-run.ts'

export interface CoveredLine {
  /** How often the rule or the handler of the line was run; of several the most. */
  readonly runs: number
  /** What can be reached there by its name, and how often it was. */
  readonly branches: ReadonlyMap<string, number>
}

export type CoveredFiles = ReadonlyMap<string, ReadonlyMap<number, CoveredLine>>

/** Files and lines in their order. Configurations that share a file add up. */
export function coverageItemsByFile({ groups }: TestRun): CoveredFiles {
  const files = new Map<string, Map<number, { runs: number; branches: Map<string, number> }>>()
  for (const { name, hits, runs, place } of groups.flatMap(({ reached }) => reached)) {
    if (place === null) continue
    const lines = files.get(place.file) ?? new Map()
    const line = lines.get(place.line) ?? { runs: 0, branches: new Map() }
    line.runs = Math.max(line.runs, runs)
    line.branches.set(name, (line.branches.get(name) ?? 0) + hits)
    files.set(place.file, lines.set(place.line, line))
  }
  const sorted = [...files].sort(([one], [other]) => (one < other ? -1 : 1))
  return new Map(
    sorted.map(([file, lines]) => [file, new Map([...lines].sort(([a], [b]) => a - b))]),
  )
}
