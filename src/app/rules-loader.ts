import type { Config } from '../config/config.ts'
import type { Deps } from '../handlers/kind.ts'
import { textOf } from '../lib/bytes.ts'
import type { Log } from '../observability/log.ts'
import { compileRules } from '../rules/compile.ts'
import { createRepository, type SourceReport } from '../rules/repository.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import { pipelineSettings } from './pipeline.ts'

export interface LoadedRules {
  readonly rules: RuleSet
  readonly reports: readonly SourceReport[]
}

export interface RulesLoaderOptions {
  readonly config: Config
  readonly deps: Deps
  readonly log: Log
  /** The first load refuses any broken source or rule. */
  readonly strict: boolean
  /** Told of every load: whether all sources gave their rules. */
  readonly onLoad?: (complete: boolean) => void
}

/**
 * Reads all sources and compiles their rules; a source that fails keeps its last good rules. The first
 * load rejects when a source is wrong in a way that cannot mend itself, or, if strict, when anything is.
 */
export function createRulesLoader(options: RulesLoaderOptions): () => Promise<RuleSet> {
  const load = createRulesReader(options.config, options.deps)
  let first = true
  return async () => {
    const loaded = await load().catch(error => {
      options.onLoad?.(false)
      throw error
    })
    options.onLoad?.(loaded.reports.every(({ problem }) => problem === undefined))
    logLoaded(options.log, loaded)
    if (first) refuseBroken(loaded, options.strict)
    first = false
    return loaded.rules
  }
}

/** The same without the log: for `validate`. */
export function createRulesReader(config: Config, deps: Deps): () => Promise<LoadedRules> {
  const repository = createRepository(config.access_rules.repositories ?? [])
  const settings = pipelineSettings(config)
  return async () => {
    const { definitions, reports } = await repository.load()
    return { rules: await compileRules(definitions, settings, deps), reports }
  }
}

function refuseBroken({ rules, reports }: LoadedRules, strict: boolean): void {
  const source = reports.find(({ fatal, problem }) => fatal || (strict && problem !== undefined))
  if (source) throw new Error(`access_rules: ${source.location}: ${source.problem}`)
  const [problem] = strict ? rules.problems : []
  if (problem) throw new Error(`rule "${textOf(problem.rule)}": ${textOf(problem.message)}`)
}

/** One line for everything that is wrong with the sources and the rules, and one that sums up. */
export function logLoaded(log: Log, { rules, reports }: LoadedRules): void {
  for (const { location, problem, warnings } of reports) {
    if (problem !== undefined) log.error('Unable to read access rules', { location, problem })
    for (const warning of warnings) log.warn('Odd access rules', { location, warning })
  }
  for (const { rule, message, pattern } of rules.problems) {
    const effect = pattern ? 'it matches nothing' : 'what it matches is denied'
    log.error('Invalid access rule', { rule_id: textOf(rule), reason: textOf(message), effect })
  }
  for (const { rule, message } of rules.warnings) {
    log.warn('Odd access rule', { rule_id: textOf(rule), reason: textOf(message) })
  }
  log.info('Access rules loaded', {
    rules: rules.definitions.length,
    problems: rules.problems.length,
  })
}
