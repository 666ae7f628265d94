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
import { textOf } from '../../lib/bytes.ts'
import { createYielder, pause } from '../../lib/yield-to-event-loop.ts'
import { createFallback } from '../answer.ts'
import type { RuleDefinition } from '../definition.ts'
import { createIndex } from '../matching/index-matcher.ts'
import { compilePattern, type Pattern, type PatternProblem } from '../matching/pattern.ts'
import { createRuleSet, type RuleSet } from '../rule-set.ts'
import { type CompiledRule, type Compilers, compileDefinition } from './compile-rule.ts'
import { createSectionCompiler } from './section.ts'
import type { PipelineSettings } from './settings.ts'

export interface RuleCompiler {
  /**
   * Yields to the event loop every few milliseconds, so that thousands of rules do not delay requests. A definition
   * that was compiled before with equal settings is not compiled again.
   */
  compile(definitions: readonly RuleDefinition[], settings: PipelineSettings): Promise<RuleSet>
}

/** Compiled parts, kept as long as their definitions live. */
interface Memory {
  readonly settings: PipelineSettings
  readonly rules: WeakMap<RuleDefinition, CompiledRule>
  readonly patterns: WeakMap<RuleDefinition, Pattern | PatternProblem>
}

export function createRuleCompiler(deps: Deps): RuleCompiler {
  let memory: Memory | undefined
  return {
    compile: (definitions, settings) => {
      memory = memoryFor(settings, memory)
      return compileAll(definitions, memory, deps)
    },
  }
}

/** Compiles a single set, without a memory for later ones. */
export const compileRules = (
  definitions: readonly RuleDefinition[],
  settings: PipelineSettings,
  deps: Deps,
): Promise<RuleSet> => createRuleCompiler(deps).compile(definitions, settings)

/** A compiled pattern depends only on the definition and the strategy. */
function memoryFor(settings: PipelineSettings, before: Memory | undefined): Memory {
  if (before !== undefined && isDeepStrictEqual(before.settings, settings)) return before
  const keepsPatterns = before?.settings.strategy === settings.strategy
  const patterns = keepsPatterns ? before.patterns : new WeakMap()
  return { settings, rules: new WeakMap(), patterns }
}

async function compileAll(
  definitions: readonly RuleDefinition[],
  memory: Memory,
  deps: Deps,
): Promise<RuleSet> {
  const { settings } = memory
  const compilers = createCompilers(memory, { ...deps, strategy: settings.strategy })
  const yieldIfLong = createYielder()
  const compiled: CompiledRule[] = []
  for (const definition of definitions) {
    const known = memory.rules.get(definition) ?? compileDefinition(definition, compilers)
    memory.rules.set(definition, known)
    compiled.push(known)
    await yieldIfLong()
  }
  const entries = compiled.flatMap(({ entry }) => entry ?? [])
  const matcher = await createIndex(entries)
  await pause()
  return createRuleSet({
    matcher,
    rules: entries.map(({ value }) => value),
    listed: compiled.flatMap(({ listed }) => listed ?? []),
    total: compiled.length,
    problems: compiled.flatMap(({ problems }) => problems),
    warnings: compiled.flatMap(({ warnings }) => warnings),
    fallback: compilers.fallback,
    signsWith: signingSetsOf(settings),
  })
}

/** Includes disabled handlers: tokens that they signed may still be in use. */
function signingSetsOf({ mutators: settings }: PipelineSettings): readonly string[] {
  const location = settings['id_token']?.config?.['jwks_url']
  return typeof location === 'string' ? [location] : []
}

function createCompilers({ settings, patterns }: Memory, deps: Deps): Compilers {
  const error = createSectionCompiler<Answer, 'error'>(
    { stage: 'error', kinds: errorHandlers, settings: settings.errors },
    deps,
  )
  return {
    pattern: (definition, url) => {
      const known = patterns.get(definition) ?? compilePattern(textOf(url), settings.strategy)
      patterns.set(definition, known)
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
    fallback: createFallback(settings.fallback, error),
  }
}
