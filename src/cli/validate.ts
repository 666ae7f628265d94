import { rulesOrProblem } from '../app/rules/read-all-rules.ts'
import type { CheckedRules } from '../app/rules/read-rules.ts'
import { hasShadow, shadowConfig } from '../app/shadow/shadow-config.ts'
import { findStartProblems } from '../app/start-problems.ts'
import { unbuiltKeys } from '../config/unbuilt.ts'
import { textOf } from '../lib/bytes.ts'
import { exitCode, worstOf } from './exit-codes.ts'
import { loadOrCode } from './load.ts'
import type { ConfigOption, Output } from './output.ts'
import { codesOf, problemsOf } from './rule-problems.ts'

/** Prints one line per problem; warnings do not count. */
export async function validate(options: ConfigOption, output: Output): Promise<number> {
  const loaded = await loadOrCode(options, output)
  if (typeof loaded === 'number') return loaded
  const { config } = loaded
  const found = await findStartProblems(config)
  const rules = await rulesOrProblem(config)
  const shadow = hasShadow(config) ? [await rulesOrProblem(shadowConfig(config, config))] : []
  const warnings = [
    ...loaded.warnings,
    ...unbuiltKeys(config).map(key => `${key}: has no effect in this version`),
    ...found.warnings,
    ...warningsOf(rules),
  ]
  const ofShadow = shadow.flatMap(problemsIn).map(text => `shadow: ${text}`)
  const problems = [...new Set([...found.problems, ...problemsIn(rules), ...ofShadow])]
  for (const warning of warnings) output.err(`warning: ${warning}\n`)
  for (const problem of problems) output.err(`error: ${problem}\n`)
  if (typeof rules === 'string') return exitCode.invalid
  const count = rules.rules.definitions.length
  const faults = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  output.out(`${count} ${count === 1 ? 'rule is' : 'rules are'} valid, ${faults}\n`)
  const isInvalid = found.problems.length > 0
  return worstOf([...[rules, ...shadow].flatMap(codesIn), ...(isInvalid ? [exitCode.invalid] : [])])
}

function codesIn(read: CheckedRules | string): readonly number[] {
  if (typeof read === 'string') return [exitCode.invalid]
  return [...codesOf(read), ...(read.conflicts.length > 0 ? [exitCode.invalid] : [])]
}

const problemsIn = (read: CheckedRules | string): readonly string[] =>
  typeof read === 'string'
    ? [read]
    : [...problemsOf(read), ...read.conflicts.map(({ message }) => message)]

function warningsOf(read: CheckedRules | string): readonly string[] {
  if (typeof read === 'string') return []
  const { rules, reports, keySets } = read
  return [
    ...reports.flatMap(({ location, warnings }) =>
      warnings.map(text => `${location}: ${textOf(text)}`),
    ),
    ...rules.warnings.map(({ rule, message }) => `rule "${textOf(rule)}": ${textOf(message)}`),
    ...keySets.map(({ location, problem }) => `key set ${textOf(location)}: ${textOf(problem)}`),
  ]
}
