/**
 * Coverage of rule files in the format of LCOV: a line is run when its rule matched or its handler ran, and everything
 * that a test can reach there is a branch.
 */
import { type CoveredLine, coverageItemsByFile } from '../../insight/testing/coverage/lines.ts'
import type { TestRun } from '../../insight/testing/test-run.ts'

export const lcovOf = (run: TestRun): string =>
  [...coverageItemsByFile(run)].map(([file, lines]) => recordOf(file, [...lines])).join('')

function recordOf(file: string, lines: readonly (readonly [number, CoveredLine])[]): string {
  const branches = lines.flatMap(([, line]) => [...line.branches.values()])
  return [
    'TN:',
    `SF:${file}`,
    ...lines.flatMap(([line, { runs, branches: own }]) =>
      [...own.values()].map((hits, i) => `BRDA:${line},0,${i},${runs === 0 ? '-' : hits}`),
    ),
    `BRF:${branches.length}`,
    `BRH:${branches.filter(hits => hits > 0).length}`,
    ...lines.map(([line, { runs }]) => `DA:${line},${runs}`),
    `LF:${lines.length}`,
    `LH:${lines.filter(([, { runs }]) => runs > 0).length}`,
    'end_of_record',
    '',
  ].join('\n')
}
