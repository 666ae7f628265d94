/** A test run in the formats of terminals and of CI systems. */
import { relative } from 'node:path'
import type { TestRun } from '../../insight/testing/run-tests.ts'
import type { CaseResult } from '../../insight/testing/runner.ts'
import { withoutControls } from '../../lib/without-controls.ts'
import { paint } from '../colours.ts'
import { workflowCommand } from '../workflow-command.ts'
import { escapeXml } from '../xml.ts'

export interface Printing {
  readonly hasColours: boolean
  /** Coverage was asked for. */
  readonly coverage: boolean
}

export type Format = (run: TestRun, printing: Printing) => string

const shownFile = (file: string): string => relative(process.cwd(), file) || file
const placeOf = ({ case: { file, line } }: CaseResult): string =>
  line === undefined ? shownFile(file) : `${shownFile(file)}:${line}`

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
    sumOf(run),
  ]
  return `${lines.join('\n')}\n`
}

function coverageLines({ coverage: { items, covered, missing } }: TestRun): readonly string[] {
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

const compact: Format = run => `${sumOf(run)}\n`

const json: Format = ({ results, coverage, invalid, warnings }) =>
  `${JSON.stringify(
    {
      tests: results.map(one => ({
        name: one.case.name,
        file: shownFile(one.case.file),
        ...(one.case.line === undefined ? {} : { line: one.case.line }),
        passed: one.passed && one.skipped === undefined,
        skipped: one.skipped ?? null,
        problem: one.problems.length === 0 ? null : one.problems.join('\n'),
      })),
      coverage,
      survivors: [],
      invalid,
      warnings,
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

const junit: Format = ({ results }) => {
  const failed = results.filter(({ passed }) => !passed).length
  const skipped = results.filter(one => one.skipped !== undefined).length
  const took = results.reduce((sum, one) => sum + one.took, 0)
  const counts = `tests="${results.length}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds(took)}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="oarlock test" ${counts}>`,
    ...results.flatMap(testcase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function testcase(one: CaseResult): readonly string[] {
  const { case: tested, problems, skipped, passed, took } = one
  const attributes = [
    `name="${escapeXml(tested.name)}"`,
    `classname="${escapeXml(shownFile(tested.file))}"`,
    `file="${escapeXml(shownFile(tested.file))}"`,
    ...(tested.line === undefined ? [] : [`line="${tested.line}"`]),
    `time="${seconds(took)}"`,
  ].join(' ')
  const inside =
    skipped === undefined ? failure(problems) : `<skipped message="${escapeXml(skipped)}"/>`
  return passed && skipped === undefined
    ? [`    <testcase ${attributes}/>`]
    : [`    <testcase ${attributes}>`, `      ${inside}`, '    </testcase>']
}

const failure = (problems: readonly string[]): string =>
  `<failure message="${escapeXml(problems[0] ?? '')}">${escapeXml(problems.join('\n'))}</failure>`

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(6)

export const formats = { pretty, compact, json, tap, junit, github } as const
export type FormatName = keyof typeof formats
