/**
 * Rule definitions and settings to a rule set. Everything that can be checked, merged or compiled is,
 * here, once. A rule that does not validate denies what it matches and touches no other rule; a pattern
 * that does not compile matches nothing and makes the set degraded.
 */
import { authenticators as authenticatorKinds } from '../handlers/authenticators/index.ts'
import { authorizers } from '../handlers/authorizers/index.ts'
import { errorHandlers } from '../handlers/errors/index.ts'
import type { Answer, Authenticate, Deps, Step } from '../handlers/kind.ts'
import { mutators } from '../handlers/mutators/index.ts'
import { createBreather } from '../lib/breathe.ts'
import { bytesOf, textOf } from '../lib/bytes.ts'
import { failure } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Stage } from '../model/trace.ts'
import { createAnswer, createFallback } from './answer.ts'
import type { HandlerReference, RuleDefinition } from './definition.ts'
import type { Captures } from './match-context.ts'
import { urlText } from './match-context.ts'
import { createIndex } from './matching/index-matcher.ts'
import type { Entry } from './matching/matcher.ts'
import { compilePattern, type Pattern, type PatternProblem } from './matching/pattern.ts'
import { createChanges } from './owned.ts'
import type { PipelineStep, Rule, RuleWarning } from './rule.ts'
import { createRuleSet, type RuleProblem, type RuleSet } from './rule-set.ts'
import { type CompileReference, createSectionCompiler, isProblem } from './section.ts'
import type { PipelineSettings } from './settings.ts'
import { upstreamOf } from './upstream.ts'

interface Compilers {
  readonly authenticator: CompileReference<Authenticate, 'authenticator'>
  readonly authorizer: CompileReference<Step, 'authorizer'>
  readonly mutator: CompileReference<Step, 'mutator'>
  readonly error: CompileReference<Answer, 'error'>
  readonly fallback: Answer
}

/** Gives way to other work every few milliseconds: thousands of rules do not stop requests. */
export async function compileRules(
  definitions: readonly RuleDefinition[],
  settings: PipelineSettings,
  deps: Deps,
): Promise<RuleSet> {
  const compilers = createCompilers(settings, deps)
  const breathe = createBreather()
  const entries: Entry<Rule>[] = []
  const problems: RuleProblem[] = []
  const warnings: RuleWarning[] = []
  for (const definition of definitions) {
    const match = matchOf(definition)
    const pattern = match && compilePattern(textOf(match.url), settings.strategy)
    const problem = patternProblem(pattern)
    if (problem !== undefined)
      problems.push({ rule: definition.id, pattern: true, message: problem })
    const usable = pattern && !isPatternProblem(pattern) ? pattern : undefined
    const rule = compileRule(definition, usable, compilers)
    problems.push(...rule.problems.map(text => ({ rule: rule.id, pattern: false, message: text })))
    if (match && usable) {
      warnings.push(...usable.warnings.map(text => ({ rule: rule.id, message: text })))
      entries.push({ pattern: usable, methods: match.methods, value: rule })
    }
    await breathe()
  }
  const matcher = await createIndex(entries)
  return createRuleSet({
    matcher,
    rules: entries.map(({ value }) => value),
    problems,
    warnings,
    fallback: compilers.fallback,
    signsWith: signingSetsOf(settings),
  })
}

/** A handler that is switched off counts too: its tokens may still be about. */
function signingSetsOf({ mutators: settings }: PipelineSettings): readonly string[] {
  const location = settings['id_token']?.config?.['jwks_url']
  return typeof location === 'string' ? [location] : []
}

function createCompilers(settings: PipelineSettings, deps: Deps): Compilers {
  const error = createSectionCompiler<Answer, 'error'>(
    { stage: 'error', kinds: errorHandlers, settings: settings.errors },
    deps,
  )
  return {
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

interface Target {
  readonly url: string
  readonly methods: readonly string[]
}

function matchOf({ match }: RuleDefinition): Target | undefined {
  if (match === null) return undefined
  if (match.kind === 'url') return { url: match.url, methods: match.methods ?? [] }
  const methods = match.allowHttpGet ? ['POST', 'GET'] : ['POST']
  return { url: `rpc://${match.authority}/${match.fullMethod}`, methods }
}

const isPatternProblem = (value: Pattern | PatternProblem): value is PatternProblem =>
  'kind' in value && value.kind === 'pattern_problem'

function patternProblem(pattern: Pattern | PatternProblem | undefined): string | undefined {
  if (pattern === undefined) return 'match: a rule needs match.url, or authority and full_method'
  return isPatternProblem(pattern) ? `match: ${pattern.message}` : undefined
}

/** Without a pattern the rule is compiled for its problems alone: all are told at once. */
function compileRule(
  definition: RuleDefinition,
  pattern: Pattern | undefined,
  compilers: Compilers,
): Rule {
  const problems: string[] = []
  const every = <Run, S extends Stage>(
    references: readonly HandlerReference[],
    compile: CompileReference<Run, S>,
  ) =>
    references.flatMap(reference => {
      const compiled = compile(reference)
      if (!isProblem(compiled)) return [compiled]
      problems.push(compiled.message)
      return []
    })
  const { id } = definition
  const authenticators = every(definition.authenticators ?? [], compilers.authenticator)
  const steps = [
    ...every([definition.authorizer], compilers.authorizer),
    ...every(definition.mutators ?? [], compilers.mutator),
  ]
  const errors = every(definition.errors ?? [], compilers.error)
  const owns = steps.flatMap(({ owns }) => owns)
  const upstream = upstreamOf(definition.upstream)
  problems.push(...missingParts(definition))
  if (upstream?.kind === 'upstream_problem') problems.push(upstream.message)
  return {
    kind: 'rule',
    id,
    definition,
    pipeline: problems.length === 0 ? [...authenticators, ...steps] : [alwaysFailing(problems)],
    captures: pattern ? capturesOf(pattern) : () => noGroups,
    readsBody: steps.some(({ readsBody }) => readsBody),
    signsWith: steps.flatMap(({ signsWith }) => signsWith ?? []),
    owns,
    advice: [...authenticators, ...steps].flatMap(({ advice }) => advice),
    answer: createAnswer(errors, compilers.fallback),
    changes: createChanges(id, owns),
    upstream: upstream?.kind === 'upstream' ? upstream.upstream : undefined,
    problems,
  }
}

function missingParts({ authenticators: a, mutators: m }: RuleDefinition): readonly string[] {
  const missing: string[] = []
  if (!a?.length) missing.push('authenticators: a rule needs at least one')
  if (!m?.length) missing.push('mutators: a rule needs at least one')
  return missing
}

/** Nothing of a broken rule runs: what it matches is denied, and no broader rule takes over. */
function alwaysFailing(problems: readonly string[]): PipelineStep {
  const failed = failure('internal_server_error', {
    message: `the rule is invalid: ${problems.join('; ')}`,
  })
  return { stage: 'authenticator', handler: '', run: () => failed }
}

const noGroups: readonly string[] = []

const capturesOf =
  (pattern: Pattern): Captures =>
  request => {
    const url = [...formsOf(request)].find(form => pattern.test(form)) ?? ''
    const groups = pattern.captures(url)
    return groups.length === 0 ? noGroups : groups.map(bytesOf)
  }

/** The texts that a request may have been matched as. */
function* formsOf(request: AccessRequest): Generator<string> {
  yield urlText(request.scheme, request)
  if (request.schemeFallback !== undefined) yield urlText(request.schemeFallback, request)
  if (request.rpc !== undefined) yield textOf(request.rpc.url)
}
