import type { LoadedRules } from '../app/read-rules.ts'
import { unbuiltKeys } from '../config/unbuilt.ts'
import { textOf } from '../lib/bytes.ts'
import { loadOrPrint } from './load.ts'
import type { ConfigOption, Output } from './output.ts'
import { readRulesOrPrint } from './read-rules.ts'

/** Prints one line per problem and returns 1 if there is any; warnings alone are fine. */
export async function validate(options: ConfigOption, output: Output): Promise<number> {
  const loaded = await loadOrPrint(options, output)
  if (loaded === undefined) return 1
  const { config } = loaded
  const rules = await readRulesOrPrint(config, output)
  if (rules === undefined) return 1
  const warnings = [
    ...loaded.warnings,
    ...unbuiltKeys(config).map(key => `${key}: has no effect in this version`),
    ...warningsOf(rules),
  ]
  const problems = problemsOf(rules)
  for (const warning of warnings) output.err(`warning: ${warning}\n`)
  for (const problem of problems) output.err(`error: ${problem}\n`)
  const count = rules.rules.definitions.length
  output.out(
    `${count} ${count === 1 ? 'rule is' : 'rules are'} valid, ${problems.length} problems\n`,
  )
  return problems.length === 0 ? 0 : 1
}

const warningsOf = ({ rules, reports }: LoadedRules): readonly string[] => [
  ...reports.flatMap(({ location, warnings }) =>
    warnings.map(text => `${location}: ${textOf(text)}`),
  ),
  ...rules.warnings.map(({ rule, message }) => `rule "${textOf(rule)}": ${textOf(message)}`),
]

const problemsOf = ({ rules, reports }: LoadedRules): readonly string[] => [
  ...reports.flatMap(({ location, problem }) =>
    problem === undefined ? [] : [`${location}: ${textOf(problem)}`],
  ),
  ...rules.problems.map(({ rule, message }) => `rule "${textOf(rule)}": ${textOf(message)}`),
]
