/** Reasons to refuse a start or a changed configuration. */
import { textOf } from '../../lib/bytes.ts'
import type { SourceReport } from '../../rules/loading/repository.ts'
import type { LoadedRules } from './read-rules.ts'

export interface StartRules {
  /** A strict start: every rule and source must be valid. */
  readonly strict: boolean
  /** An ordinary start: remote sources may still be unavailable. */
  readonly waits: boolean
}

/** Why the server must not start; undefined: it may. A missing file may be created later. */
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

/** Why a changed configuration is refused: its rules have a problem that does not go away by itself. */
export const changeRefusal = (reports: readonly SourceReport[]): string | undefined =>
  problemOf(reports.filter(({ reach }) => reach === 'fixed'))

function problemOf(reports: readonly SourceReport[]): string | undefined {
  const found = reports.find(({ problem }) => problem !== undefined)
  return found && `access_rules: ${found.location}: ${found.problem}`
}
