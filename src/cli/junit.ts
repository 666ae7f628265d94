/**
 * JUnit's XML as its consumers read it: attributes that the schema of Jenkins' xUnit plugin knows and no others, and
 * counts that are those of the cases.
 */
import { escapeXml } from './xml.ts'

export interface JunitCase {
  readonly name: string
  readonly classname: string
  /** Milliseconds. */
  readonly took?: number
  /** undefined: it passed. */
  readonly outcome?: JunitOutcome | undefined
}

export interface JunitOutcome {
  readonly kind: 'failure' | 'error' | 'skipped'
  readonly message: string
  readonly type?: string
  /** Everything there is to say; the message is its first line. */
  readonly text?: string
}

export interface JunitSuite {
  readonly name: string
  readonly file?: string
  readonly cases: readonly JunitCase[]
}

export function junitReport(suites: readonly JunitSuite[]): string {
  // `skipped` is an attribute of a suite alone.
  const { skipped: _, ...counts } = countsOf(suites.flatMap(({ cases }) => cases))
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes(counts)}>`,
    ...suites.flatMap(toSuite),
    '</testsuites>',
    '',
  ].join('\n')
}

function countsOf(cases: readonly JunitCase[]) {
  const count = (kind: JunitOutcome['kind']): number =>
    cases.filter(({ outcome }) => outcome?.kind === kind).length
  return {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(cases.reduce((sum, { took = 0 }) => sum + took, 0)),
  }
}

const toSuite = ({ name, file, cases }: JunitSuite): readonly string[] => [
  `  <testsuite${attributes({ name, file, ...countsOf(cases) })}>`,
  ...cases.map(toCase),
  '  </testsuite>',
]

function toCase({ name, classname, took, outcome }: JunitCase): string {
  const open = attributes({ name, classname, time: took === undefined ? took : seconds(took) })
  return outcome === undefined
    ? `    <testcase${open}/>`
    : `    <testcase${open}>${toOutcome(outcome)}</testcase>`
}

function toOutcome({ kind, message, type, text }: JunitOutcome): string {
  const open = `<${kind}${attributes({ type, message })}`
  return text === undefined ? `${open}/>` : `${open}>${escaped(text)}</${kind}>`
}

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(6)

const attributes = (values: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replace(/[\t\n]/g, reference)}"`)
    .join('')

/** Parsers make other characters of these. */
const escaped = (text: string): string => escapeXml(text).replaceAll('\r', reference)

const reference = (character: string): string => `&#${character.charCodeAt(0)};`
