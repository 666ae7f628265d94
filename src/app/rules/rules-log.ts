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
 * Tells what is wrong with the sources and the rules, one line each, and says a thing again only after it
 * had been right; then, for another set, how many there are. Thousands of lines do not stop requests.
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
