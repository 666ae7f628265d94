/** A test run in the formats of terminals and of CI systems. */
import { coverageOf, type TestRun, warningsOf } from '../../insight/testing/test-run.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import { paint } from '../colours.ts'
import { workflowCommand } from '../workflow-command.ts'
import { junit } from './junit.ts'
import { mutantCounts, mutationLines, survivorJson, survivorsOf } from './mutation.ts'
import { placeOf, shownFile } from './places.ts'

export interface Printing {
  readonly hasColours: boolean
  /** Coverage was asked for. */
  readonly coverage: boolean
}

export type Format = (run: TestRun, printing: Printing) => string

const pretty: Format = (run, printing) => {
  const { results } = run
  const failed = results.filter(({ passed }) => !passed)
  const skipped = results.filter(one => one.skipped !== undefined)
  const lines = [
    ...failed.flatMap(one => [
      `${paint('failed', 'red', printing)} ${withoutControls(one.case.name)} (${placeOf(one)})`,
      ...one.problems.map(problem => `       ${withoutControls(problem)}`),
    ]),
    ...skipped.map(
      one =>
        `${paint('skipped', 'yellow', printing)} ${withoutControls(one.case.name)}: ${one.skipped}`,
    ),
    ...(printing.coverage ? coverageLines(run) : []),
    ...mutationLines(run, printing),
    sumOf(run),
  ]
  return `${lines.join('\n')}\n`
}

function coverageLines(run: TestRun): readonly string[] {
  const { items, covered, missing } = coverageOf(run)
  return [
    ...missing.map(item => `not reached: ${withoutControls(item)}`),
    `coverage: ${covered} of ${items} (${percent(covered, items)} %)`,
  ]
}

export const percent = (covered: number, items: number): number =>
  items === 0 ? 100 : Math.floor((1000 * covered) / items) / 10

function sumOf({ results }: TestRun): string {
  const skipped = results.filter(one => one.skipped !== undefined).length
  const failed = results.filter(({ passed }) => !passed).length
  const passed = results.length - failed - skipped
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

/** What is wrong, one line each. */
const compact: Format = (run, printing) => {
  const failed = run.results.filter(({ passed }) => !passed)
  const lines = [
    ...failed.map(one => {
      const [first = ''] = one.problems
      const [problem = ''] = first.split('\n')
      return withoutControls(`${placeOf(one)}: failed: ${one.case.name}: ${problem}`)
    }),
    ...(printing.coverage ? coverageLines(run) : []),
    sumOf(run),
  ]
  return `${lines.join('\n')}\n`
}

const json: Format = run =>
  `${JSON.stringify(
    {
      tests: run.results.map(one => ({
        name: one.case.name,
        file: shownFile(one.case.file),
        ...(one.case.line === undefined ? {} : { line: one.case.line }),
        passed: one.passed && one.skipped === undefined,
        skipped: one.skipped ?? null,
        problem: one.problems.length === 0 ? null : one.problems.join('\n'),
      })),
      coverage: coverageOf(run),
      survivors: survivorsOf(run).map(survivorJson),
      mutants: mutantCounts(run) ?? null,
      invalid: run.invalid,
      warnings: warningsOf(run),
    },
    null,
    2,
  )}\n`

const tap: Format = ({ results }) => {
  const lines = results.flatMap((one, i) => {
    const name = withoutControls(one.case.name).replaceAll('#', '\\#')
    const skip = one.skipped === undefined ? '' : ` # SKIP ${withoutControls(one.skipped)}`
    return [
      `${one.passed ? 'ok' : 'not ok'} ${i + 1} - ${name}${skip}`,
      ...(one.passed
        ? []
        : [
            '  ---',
            `  at: ${JSON.stringify(placeOf(one))}`,
            '  problems:',
            ...one.problems.map(problem => `    - ${JSON.stringify(problem)}`),
            '  ...',
          ]),
    ]
  })
  return `${['TAP version 13', `1..${results.length}`, ...lines].join('\n')}\n`
}

const github: Format = (run, printing) => {
  const lines = run.results
    .filter(({ passed }) => !passed)
    .map(({ case: { file, line, name }, problems }) =>
      workflowCommand({
        level: 'error',
        title: name,
        place: { file: shownFile(file), ...(line === undefined ? {} : { line }) },
        message: problems.join('\n'),
      }),
    )
  return `${lines.join('')}${pretty(run, { ...printing, hasColours: false })}`
}

export const formats = { pretty, compact, json, tap, junit, github } as const
export type FormatName = keyof typeof formats
