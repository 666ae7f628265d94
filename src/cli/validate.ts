import type { CheckedRules } from '../app/rules/read-rules.ts'
import { findStartProblems } from '../app/start-problems.ts'
import type { Config } from '../config/config.ts'
import { unbuiltKeys } from '../config/unbuilt.ts'
import { textOf } from '../lib/bytes.ts'
import { loadOrPrint } from './load.ts'
import type { ConfigOption, Output } from './output.ts'
import { readAllRules } from './read-rules.ts'

/** Prints one line per problem and returns 1 if there is any; warnings do not count. */
export async function validate(options: ConfigOption, output: Output): Promise<number> {
  const loaded = await loadOrPrint(options, output)
  if (loaded === undefined) return 1
  const { config } = loaded
  const found = await findStartProblems(config)
  const rules = await rulesOrProblem(config)
  const warnings = [
    ...loaded.warnings,
    ...unbuiltKeys(config).map(key => `${key}: has no effect in this version`),
    ...found.warnings,
    ...warningsOf(rules),
  ]
  const problems = [...new Set([...found.problems, ...problemsOf(rules)])]
  for (const warning of warnings) output.err(`warning: ${warning}\n`)
  for (const problem of problems) output.err(`error: ${problem}\n`)
  if (typeof rules === 'string') return 1
  const count = rules.rules.definitions.length
  output.out(
    `${count} ${count === 1 ? 'rule is' : 'rules are'} valid, ${problems.length} problems\n`,
  )
  return problems.length === 0 ? 0 : 1
}

/** The rules, or why they cannot be read at all. */
async function rulesOrProblem(config: Config): Promise<CheckedRules | string> {
  try {
    return await readAllRules(config)
  } catch (error) {
    return (error as Error).message
  }
}

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

function problemsOf(read: CheckedRules | string): readonly string[] {
  if (typeof read === 'string') return [read]
  const { rules, reports, conflicts } = read
  return [
    ...reports.flatMap(({ location, problem }) =>
      problem === undefined ? [] : [`${location}: ${textOf(problem)}`],
    ),
    ...rules.problems.map(({ rule, message }) => `rule "${textOf(rule)}": ${textOf(message)}`),
    ...conflicts,
  ]
}
