/** Runs the tests of a file, and says what failed at the lines of the tests. */
import { readText } from '../../insight/lint/places.ts'
import { readTestFile } from '../../insight/testing/read-test-file.ts'
import { runTests } from '../../insight/testing/run-tests.ts'
import type { CaseResult } from '../../insight/testing/runner.ts'
import { environment } from '../../lib/environment.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import { createRanges } from '../text/ranges.ts'
import { openConfig } from './find-config.ts'
import type { Job, Note, Tested } from './messages.ts'
import { severity, topOfFile } from './notes.ts'

/** Changes the working folder of the process. */
export async function runTestFile({ file, workspace }: Job): Promise<Tested> {
  const read = await readTestFile(file)
  if ('cases' in read && read.config.length > 0) {
    process.chdir((await openConfig(read.config, workspace)).folder)
  }
  const run = await runTests([file], {
    config: [],
    env: environment(),
    filter: undefined,
    coverage: false,
  })
  const text = await readText(file)
  const failed = run.results.filter(({ passed }) => !passed)
  const skipped = run.results.filter(one => one.skipped !== undefined).length
  const problems = [...run.unreadable, ...run.invalid].map(withoutControls)
  return {
    notes: [...failed.map(noteOfResult(text)), ...problems.map(noteOfProblem)],
    passed: run.results.length - failed.length - skipped,
    failed: failed.length,
    skipped,
    problems,
  }
}

function noteOfResult(text: string): (result: CaseResult) => Note {
  const ranges = createRanges(text)
  const lines = text.split('\n')
  return ({ case: { name, line = 1 }, problems }) => ({
    diagnostic: {
      range: ranges.at({ line, column: firstColumn(lines[line - 1] ?? '') }, 'value'),
      severity: severity.error,
      source: 'oarlock test',
      message: [`failed: ${name}`, ...problems].map(withoutControls).join('\n'),
    },
  })
}

/** Behind the indentation and the dash of a list. */
const firstColumn = (line: string): number => (/^[\s-]*/.exec(line)?.[0].length ?? 0) + 1

const noteOfProblem = (message: string): Note => ({
  diagnostic: { range: topOfFile, severity: severity.error, source: 'oarlock test', message },
})
