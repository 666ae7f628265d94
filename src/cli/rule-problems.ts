/** What `validate` and `lint` say about rules that cannot be used. */
import type { CheckedRules } from '../app/rules/read-rules.ts'
import { textOf } from '../lib/bytes.ts'
import { isUnread, type SourceReport } from '../rules/loading/repository.ts'
import { exitCode } from './exit-codes.ts'

/** Sources that cannot be read, and rules that are not valid. */
export const problemsOf = ({ rules, reports }: CheckedRules): readonly string[] => [
  ...reports.flatMap(({ location, problem }) =>
    problem === undefined ? [] : [`${location}: ${textOf(problem)}`],
  ),
  ...rules.problems.map(({ rule, message }) => `rule "${textOf(rule)}": ${textOf(message)}`),
]

/** One for each source with a problem. */
export const codesOfSources = (reports: readonly SourceReport[]): readonly number[] =>
  reports
    .filter(({ problem }) => problem !== undefined)
    .map(report => (isUnread(report) ? exitCode.failed : exitCode.invalid))

/** The exit codes of these problems. */
export const codesOf = ({ rules, reports }: CheckedRules): readonly number[] => [
  ...codesOfSources(reports),
  ...(rules.problems.length > 0 ? [exitCode.invalid] : []),
]
