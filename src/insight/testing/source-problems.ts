import type { CheckedRules } from '../../app/rules/read-rules.ts'
import { textOf } from '../../lib/bytes.ts'
import { isUnread, type SourceReport } from '../../rules/loading/repository.ts'
import type { TestRun } from './test-run.ts'

/** Sources and rules that cannot be used. */
export function problemsOf({
  reports,
  rules,
}: CheckedRules): Pick<TestRun, 'invalid' | 'unreadable'> {
  const linesOf = (found: readonly SourceReport[]): readonly string[] =>
    found.flatMap(({ location, problem }) =>
      problem === undefined ? [] : [`${location}: ${textOf(problem)}`],
    )
  const broken = rules.problems.map(
    ({ rule, message }) => `rule "${textOf(rule)}": ${textOf(message)}`,
  )
  return {
    unreadable: linesOf(reports.filter(isUnread)),
    invalid: [...linesOf(reports.filter(report => !isUnread(report))), ...broken],
  }
}
