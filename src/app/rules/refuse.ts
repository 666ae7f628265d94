/** What keeps a start, or a changed configuration, from going on. */
import { textOf } from '../../lib/bytes.ts'
import type { SourceReport } from '../../rules/loading/repository.ts'
import type { LoadedRules } from './read-rules.ts'

export interface StartRules {
  /** Nothing may be broken. */
  readonly strict: boolean
  /** Other machines may still be down. */
  readonly waits: boolean
}

/** Why the server must not start with these; undefined: it may. A file may still come. */
export function startRefusal(
  { rules, reports }: LoadedRules,
  { strict, waits }: StartRules,
): string | undefined {
  const needed = ({ reach }: SourceReport): boolean =>
    strict || reach === 'fixed' || (reach === 'remote' && !waits)
  const source = problemOf(reports.filter(needed))
  const [broken] = strict ? rules.problems : []
  return source ?? (broken && `rule "${textOf(broken.rule)}": ${textOf(broken.message)}`)
}

/** Why a changed configuration is not taken over: what stands in it cannot mend itself. */
export const changeRefusal = (reports: readonly SourceReport[]): string | undefined =>
  problemOf(reports.filter(({ reach }) => reach === 'fixed'))

function problemOf(reports: readonly SourceReport[]): string | undefined {
  const found = reports.find(({ problem }) => problem !== undefined)
  return found && `access_rules: ${found.location}: ${found.problem}`
}
