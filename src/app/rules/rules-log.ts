import { textOf } from '../../lib/bytes.ts'
import { createYielder } from '../../lib/yield-to-event-loop.ts'
import type { Log, LogFields } from '../../observability/log.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import type { LoadedRules } from './read-rules.ts'

interface Line {
  readonly level: 'error' | 'warn'
  readonly text: string
  readonly fields: LogFields
}

/**
 * Logs problems of sources and rules, one line each. A problem is logged again only after it had gone. When the
 * rules changed, logs how many there are. Yields to the event loop between thousands of lines.
 */
export function createRulesLog(log: Log): (loaded: LoadedRules) => Promise<void> {
  let said: ReadonlySet<string> = new Set()
  let counted: RuleSet | undefined
  return async loaded => {
    const before = said
    const now = new Set<string>()
    said = now
    const yieldIfLong = createYielder()
    for (const line of linesOf(loaded)) {
      const key = JSON.stringify(line)
      now.add(key)
      if (!before.has(key)) log[line.level](line.text, line.fields)
      await yieldIfLong()
    }
    if (loaded.rules !== counted) log.info('Access rules loaded', countsOf(loaded.rules))
    counted = loaded.rules
  }
}

const countsOf = ({ definitions, problems }: RuleSet): LogFields => ({
  rules: definitions.length,
  problems: problems.length,
})

const linesOf = ({ rules, reports }: LoadedRules): readonly Line[] => [
  ...reports.flatMap(({ location, problem, warnings }): readonly Line[] => [
    ...(problem === undefined
      ? []
      : [error('Unable to read access rules', { location, problem: textOf(problem) })]),
    ...warnings.map(warning => warn('Odd access rules', { location, warning: textOf(warning) })),
  ]),
  ...rules.problems.map(({ rule, message, pattern }) => {
    const effect = pattern ? 'it matches nothing' : 'what it matches is denied'
    return error('Invalid access rule', { ...named(rule, message), effect })
  }),
  ...rules.warnings.map(({ rule, message }) => warn('Odd access rule', named(rule, message))),
]

const error = (text: string, fields: LogFields): Line => ({ level: 'error', text, fields })
const warn = (text: string, fields: LogFields): Line => ({ level: 'warn', text, fields })

const named = (rule: string, reason: string): LogFields => ({
  rule_id: textOf(rule),
  reason: textOf(reason),
})
