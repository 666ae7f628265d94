/** JUnit's XML: each file is a suite; what cannot be used is an error, so that it does not pass unnoticed. */

import type { CaseResult } from '../../insight/testing/runner.ts'
import type { TestRun } from '../../insight/testing/test-run.ts'
import { type JunitCase, type JunitOutcome, type JunitSuite, junitReport } from '../junit.ts'
import { placeOf, shownFile } from './places.ts'

export const junit = ({ results, invalid, unreadable }: TestRun): string =>
  junitReport([...suitesOf(results), ...brokenSuite([...unreadable, ...invalid])])

function suitesOf(results: readonly CaseResult[]): readonly JunitSuite[] {
  const files = new Map<string, CaseResult[]>()
  for (const result of results) {
    const file = shownFile(result.case.file)
    const known = files.get(file)
    if (known === undefined) files.set(file, [result])
    else known.push(result)
  }
  return [...files].map(([file, cases]) => ({ name: file, file, cases: cases.map(toCase) }))
}

const toCase = (result: CaseResult): JunitCase => ({
  name: result.case.name,
  classname: shownFile(result.case.file),
  took: result.took,
  outcome: outcomeOf(result),
})

function outcomeOf(result: CaseResult): JunitOutcome | undefined {
  const { problems, passed, skipped } = result
  if (skipped !== undefined) return { kind: 'skipped', message: skipped }
  if (passed) return undefined
  const text = [placeOf(result), ...problems].join('\n')
  return { kind: 'failure', message: problems[0] ?? '', text }
}

function brokenSuite(lines: readonly string[]): readonly JunitSuite[] {
  const name = 'oarlock test'
  const cases = lines.map(
    (line, i): JunitCase => ({
      name: `files and rules ${i + 1}`,
      classname: name,
      outcome: { kind: 'error', message: line },
    }),
  )
  return cases.length === 0 ? [] : [{ name, cases }]
}
