/**
 * Compiles rule definitions and settings to a rule set. Everything that can be checked, merged or compiled at load
 * is done here, once. An invalid rule denies what it matches and does not affect other rules. A rule whose pattern
 * does not compile matches nothing, and the set is degraded.
 */
import { isDeepStrictEqual } from 'node:util'
import { authenticators as authenticatorKinds } from '../../handlers/authenticators/index.ts'
import { authorizers } from '../../handlers/authorizers/index.ts'
import { errorHandlers } from '../../handlers/errors/index.ts'
import type { Answer, Authenticate, Deps, Step } from '../../handlers/kind.ts'
import { mutators } from '../../handlers/mutators/index.ts'
import { createYielder, pause } from '../../lib/yield-to-event-loop.ts'
import { createResources } from '../../model/protected-resources.ts'
import { createFallback } from '../answer.ts'
import type { RuleDefinition } from '../definition.ts'
import { createIndex } from '../matching/index-matcher.ts'
import type { PatternProblem } from '../matching/problem.ts'
import { textCompiler } from '../matching/text-compiler.ts'
import { createRuleSet, type RuleSet } from '../rule-set.ts'
import { type CompiledMatch, compileMatch } from './compile-match.ts'
import { type CompiledRule, type Compilers, compileDefinition } from './compile-rule.ts'
import { createSectionCompiler } from './section.ts'
import type { PipelineSettings } from './settings.ts'

export interface RuleCompiler {
  /**
   * Yields to the event loop every few milliseconds, so that thousands of rules do not delay requests. A definition
   * that was compiled before with equal settings is not compiled again. `missesRules`: rules of a source are not among
   * the definitions, since they could never be read; default rules deny then.
   */
  compile(
    definitions: readonly RuleDefinition[],
    settings: PipelineSettings,
    missesRules?: boolean,
  ): Promise<RuleSet>
}

/** Compiled parts, kept as long as their definitions live. */
interface Memory {
  readonly settings: PipelineSettings
  readonly rules: WeakMap<RuleDefinition, CompiledRule>
  readonly matches: WeakMap<RuleDefinition, CompiledMatch | PatternProblem>
}

export function createRuleCompiler(deps: Deps): RuleCompiler {
  let memory: Memory | undefined
  return {
    compile: (definitions, settings, missesRules = false) => {
      memory = memoryFor(settings, memory)
      return compileAll({ definitions, missesRules }, memory, deps)
    },
  }
}

/** Compiles a single set, without a memory for later ones. */
export const compileRules = (
  definitions: readonly RuleDefinition[],
  settings: PipelineSettings,
  deps: Deps,
): Promise<RuleSet> => createRuleCompiler(deps).compile(definitions, settings)

/** A compiled match depends only on the definition and the strategy. */
function memoryFor(settings: PipelineSettings, before: Memory | undefined): Memory {
  if (before !== undefined && isDeepStrictEqual(before.settings, settings)) return before
  const keepsMatches = before?.settings.strategy === settings.strategy
  const matches = keepsMatches ? before.matches : new WeakMap()
  return { settings, rules: new WeakMap(), matches }
}

interface ToCompile {
  readonly definitions: readonly RuleDefinition[]
  readonly missesRules: boolean
}

async function compileAll(
  { definitions, missesRules }: ToCompile,
  memory: Memory,
  deps: Deps,
): Promise<RuleSet> {
  const { settings } = memory
  const { strategy } = settings
  const compilers = createCompilers(memory, {
    ...deps,
    strategy,
    compileText: textCompiler(strategy),
    resources: createResources(settings.resources ?? []),
  })
  const yieldIfLong = createYielder()
  const compiled: CompiledRule[] = []
  const used = new Set<CompiledRule>()
  for (const definition of definitions) {
    const known = memory.rules.get(definition) ?? compileDefinition(definition, compilers)
    memory.rules.set(definition, known)
    compiled.push(used.has(known) ? separate(known) : known)
    used.add(known)
    await yieldIfLong()
  }
  const entries = compiled.flatMap(rule => rule.entries)
  const matcher = await createIndex(entries)
  await pause()
  return createRuleSet({
    matcher,
    rules: compiled.flatMap(rule => rule.entries[0]?.value ?? []),
    unknown: missesRules ? 'source' : hasInvalidMatch(compiled) ? 'match' : undefined,
    listed: compiled.flatMap(({ listed }) => listed ?? []),
    total: compiled.length,
    problems: compiled.flatMap(({ problems }) => problems),
    warnings: compiled.flatMap(({ warnings }) => warnings),
    fallback: compilers.fallback,
    signsWith: signingSetsOf(settings),
  })
}

const hasInvalidMatch = (rules: readonly CompiledRule[]): boolean =>
  rules.some(({ problems }) => problems.some(({ pattern }) => pattern))

/** A copy for a definition that is there twice: both match, which is an error of the rules. */
function separate(rule: CompiledRule): CompiledRule {
  const [first] = rule.entries
  if (first === undefined) return rule
  const value = { ...first.value }
  return { ...rule, entries: rule.entries.map(entry => ({ ...entry, value })) }
}

/** Includes disabled handlers: tokens that they signed may still be in use. */
function signingSetsOf({ mutators: settings }: PipelineSettings): readonly string[] {
  const location = settings['id_token']?.config?.['jwks_url']
  return typeof location === 'string' ? [location] : []
}

function createCompilers({ settings, matches }: Memory, deps: Deps): Compilers {
  const error = createSectionCompiler<Answer, 'error'>(
    { stage: 'error', kinds: errorHandlers, settings: settings.errors },
    deps,
  )
  return {
    match: definition => {
      const { match } = definition
      if (match === null) return undefined
      const known = matches.get(definition) ?? compileMatch(match, settings.strategy)
      matches.set(definition, known)
      return known
    },
    authenticator: createSectionCompiler<Authenticate, 'authenticator'>(
      { stage: 'authenticator', kinds: authenticatorKinds, settings: settings.authenticators },
      deps,
    ),
    authorizer: createSectionCompiler<Step, 'authorizer'>(
      { stage: 'authorizer', kinds: authorizers, settings: settings.authorizers },
      deps,
    ),
    mutator: createSectionCompiler<Step, 'mutator'>(
      { stage: 'mutator', kinds: mutators, settings: settings.mutators },
      deps,
    ),
    error,
    now: deps.now,
    bodyBytes: deps.bodyBytes,
    fallback: createFallback(settings.fallback, error),
  }
}
