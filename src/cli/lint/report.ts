import type { Finding } from '../../insight/lint/finding.ts'
import type { Level } from '../../insight/lint/level.ts'
import { counted } from '../counted.ts'

/** What a run of `lint` prints. */
export interface Report {
  readonly findings: readonly Finding[]
  /** Whether texts may have colours. */
  readonly hasColours: boolean
}

export type Render = (report: Report) => string

export const placeText = ({ place }: Pick<Finding, 'place'>): string =>
  place === null ? '(no file)' : `${place.file}:${place.line}:${place.column}`

/** With the rule in front, unless it is about the configuration. */
export const messageText = ({ rule, message }: Finding): string =>
  rule === null ? message : `rule ${JSON.stringify(rule)}: ${message}`

const names: Readonly<Record<Level, readonly [string, string]>> = {
  error: ['error', 'errors'],
  warning: ['warning', 'warnings'],
  advice: ['piece of advice', 'pieces of advice'],
}

/** `3 findings: 1 error, 2 warnings`. */
export function summaryText(findings: readonly Finding[]): string {
  const parts = (['error', 'warning', 'advice'] as const).flatMap(level => {
    const count = findings.filter(finding => finding.level === level).length
    return count === 0 ? [] : [counted(count, ...names[level])]
  })
  return findings.length === 0
    ? 'no findings'
    : `${counted(findings.length, 'finding')}: ${parts.join(', ')}`
}
