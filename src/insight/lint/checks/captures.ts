/** `no-value` for named captures that templates read and that the match of their rule does not have. */
import { textOf } from '../../../lib/bytes.ts'
import { captureNamesOf } from '../../../rules/compiling/capture-names.ts'
import { compileMatch } from '../../../rules/compiling/compile-match.ts'
import { isProblem, type Strategy } from '../../../rules/matching/pattern.ts'
import { type Check, type Draft, settingOf } from '../draft.ts'
import type { LintedRule } from '../linted.ts'
import { templatesOf } from './templates.ts'

export const checkCaptures: Check = ({ loaded, rules }) => {
  const strategy = loaded.config.access_rules.matching_strategy
  return rules.flatMap(rule => checkRule(rule, strategy))
}

function checkRule(rule: LintedRule, strategy: Strategy): readonly Draft[] {
  const reading = rule.handlers.flatMap(used =>
    templatesOf(used)
      .map(template => ({ used, ...template, names: namesIn(template.text) }))
      .filter(({ names }) => names.length > 0),
  )
  const captured = reading.length === 0 ? undefined : capturesOf(rule, strategy)
  if (captured === undefined) return []
  const has = captured.size === 0 ? 'nothing' : [...captured].sort().join(', ')
  return reading.flatMap(({ used, path, names }) =>
    names
      .filter(name => !captured.has(name))
      .map(name => ({
        code: 'no-value' as const,
        message: `${settingOf(used, path.join('.'))}: .MatchContext.Named.${textOf(name)} prints <no value>: the match of the rule captures ${has}`,
        rule,
        path: [...used.path, 'config', ...path],
      })),
  )
}

function capturesOf({ definition }: LintedRule, strategy: Strategy) {
  if (definition.match === null) return undefined
  const compiled = compileMatch(definition.match, strategy)
  return isProblem(compiled) ? undefined : captureNamesOf(compiled.patterns)
}

const read = /\.MatchContext\.Named\.(\w+)|\bindex\s+\$?\.MatchContext\.Named\s+"([^"]+)"/g
const tested = /\{\{-?\s*(?:else\s+)?(?:if|with)\b[^}]*/g

/** Without those that a condition of the template asks for. */
function namesIn(template: string): readonly string[] {
  const inConditions = new Set(namesOf((template.match(tested) ?? []).join(' ')))
  return [...new Set(namesOf(template))].filter(name => !inConditions.has(name))
}

const namesOf = (text: string): readonly string[] =>
  [...text.matchAll(read)].flatMap(([, member, key]) => member ?? key ?? [])
