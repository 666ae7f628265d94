/** Compiles one rule definition, and collects its problems and warnings. */
import type { Answer, Authenticate, ChallengeParts, Step } from '../../handlers/kind.ts'
import { bytesOf, textOf } from '../../lib/bytes.ts'
import { foldedName } from '../../lib/header-name.ts'
import { failure } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { Stage } from '../../model/trace.ts'
import { createAnswer } from '../answer.ts'
import type { HandlerReference, RuleDefinition } from '../definition.ts'
import type { Captures, MatchCaptures } from '../match-context.ts'
import { emptySession, urlText } from '../match-context.ts'
import type { Entry } from '../matching/matcher.ts'
import type { Pattern } from '../matching/pattern.ts'
import { isProblem as isMatchProblem, type PatternProblem } from '../matching/problem.ts'
import { createChanges } from '../owned.ts'
import type { PipelineStep, Rule, RuleWarning } from '../rule.ts'
import type { ListedRule, RuleProblem } from '../rule-set.ts'
import { upstreamOf } from '../upstream.ts'
import { type CaptureNames, captureNamesOf, missingCaptures } from './capture-names.ts'
import { compileAuthenticators } from './compile-authenticators.ts'
import { compileAuthorizers } from './compile-authorizers.ts'
import type { CompiledMatch } from './compile-match.ts'
import { unreadBody, whenErrorOf, whenOf } from './compile-when.ts'
import { parseBodyStep } from './parse-body.ts'
import { type CompileReference, isProblem, type Runnable } from './section.ts'

export interface Compilers {
  readonly match: (definition: RuleDefinition) => CompiledMatch | PatternProblem | undefined
  readonly authenticator: CompileReference<Authenticate, 'authenticator'>
  readonly authorizer: CompileReference<Step, 'authorizer'>
  readonly mutator: CompileReference<Step, 'mutator'>
  readonly error: CompileReference<Answer, 'error'>
  readonly fallback: Answer
  readonly now: () => number
  /** `limits.body.bytes` */
  readonly bodyBytes: number
}

export interface CompiledRule {
  /** Empty when the rule matches nothing. */
  readonly entries: readonly Entry<Rule>[]
  /** undefined when a handler or the upstream is broken. */
  readonly listed: ListedRule | undefined
  readonly problems: readonly RuleProblem[]
  readonly warnings: readonly RuleWarning[]
}

export function compileDefinition(definition: RuleDefinition, compilers: Compilers): CompiledRule {
  const match = compilers.match(definition)
  const problem = matchProblem(match)
  const usable = match === undefined || isMatchProblem(match) ? undefined : match
  const rule = compileRule(definition, usable, compilers)
  const { id } = rule
  // A rule that could not be read has substitute parts; their problems are not the author's.
  const reported = definition.problem === undefined ? rule.problems : [definition.problem]
  const problems = reported.map(text => ({ rule: id, pattern: false, message: text }))
  return {
    entries: entriesOf(usable, rule),
    listed:
      problems.length > 0
        ? undefined
        : { definition, ...(problem === undefined ? {} : { problem }) },
    problems:
      problem === undefined
        ? orNone(problems)
        : [{ rule: id, pattern: true, message: problem }, ...problems],
    warnings: orNone(
      [...(usable?.patterns.flatMap(({ warnings }) => warnings) ?? []), ...rule.warnings].map(
        text => ({ rule: id, message: text }),
      ),
    ),
  }
}

function entriesOf(match: CompiledMatch | undefined, rule: Rule): readonly Entry<Rule>[] {
  if (match === undefined) return none
  const { patterns, methods, conditions } = match
  return patterns.map(pattern => ({ pattern, methods, conditions, value: rule }))
}

function matchProblem(match: CompiledMatch | PatternProblem | undefined): string | undefined {
  if (match === undefined) {
    return 'match: a rule needs match.url, hosts or paths, or authority and full_method'
  }
  return isMatchProblem(match) ? match.message : undefined
}

/** Without a pattern the rule is compiled only to report all of its problems at once. */
function compileRule(
  definition: RuleDefinition,
  match: CompiledMatch | undefined,
  compilers: Compilers,
): Rule {
  const problems = definition.problem === undefined ? [] : [definition.problem]
  const every = <Run, S extends Stage>(
    references: readonly HandlerReference[],
    compile: CompileReference<Run, S>,
  ) =>
    references.flatMap((reference, at) => {
      const runnable = compile(reference)
      if (!isProblem(runnable)) return [{ reference, runnable, at }]
      problems.push(runnable.message)
      return []
    })
  const { id } = definition
  const onProblem = (text: string): void => void problems.push(text)
  const { authenticators, chain, removal } = compileAuthenticators(definition, {
    compile: compilers.authenticator,
    onProblem,
  })
  const { now } = compilers
  const hasBody = definition.body !== undefined
  const names = match && captureNamesOf(match.patterns)
  const authorizers = compileAuthorizers(definition, {
    compile: compilers.authorizer,
    now,
    hasBody,
    captures: names,
    onProblem,
  })
  const mutators = every(definition.mutators ?? [], compilers.mutator)
  const errors = every(definition.errors ?? [], compilers.error)
  const steps = [...authorizers.runnables, ...mutators.map(({ runnable }) => runnable)]
  const owns = [...steps.flatMap(step => step.owns), ...removal.owns]
  const answered = steps.flatMap(step => step.answers)
  const changing = mutators.map(({ reference, runnable, at }) => ({
    stage: runnable.stage,
    handler: runnable.handler,
    run: runnable.run,
    config: runnable.config,
    asksOutside: runnable.asksOutside,
    when: whenOf(reference, {
      now,
      hasBody,
      captures: names,
      onProblem,
      place: `mutators[${at}]`,
    }),
  }))
  const answering = errors.map(({ reference, runnable, at }) => ({
    runnable,
    when: whenErrorOf(reference, { now, captures: names, onProblem, place: `errors[${at}]` }),
  }))
  const captures = match ? capturesOf(match.patterns) : () => noCaptures
  const pipeline = [
    ...chain,
    ...(definition.body ? [parseBodyStep(definition.body)] : []),
    authorizers.step,
    ...changing,
    ...(removal.step ? [removal.step] : []),
  ]
  const upstream = upstreamOf(definition.upstream)
  problems.push(...missingParts(definition), ...namesOfBoth(owns, answered))
  problems.push(...captureProblems(steps, names))
  problems.push(...bodyProblems(definition, { authenticators, steps, most: compilers.bodyBytes }))
  if (upstream?.kind === 'upstream_problem') problems.push(upstream.message)
  return {
    kind: 'rule',
    id,
    definition,
    pipeline: problems.length === 0 ? pipeline : [alwaysFailing(problems)],
    captures,
    isDefault: match?.isDefault === true,
    credentials: orNone(authenticators.flatMap(({ credentials }) => credentials)),
    signsWith: orNone(steps.flatMap(({ signsWith }) => signsWith ?? [])),
    owns: orNone(owns),
    warnings: orNone(
      [...authenticators, ...steps, ...errors.map(({ runnable }) => runnable)].flatMap(
        ({ warnings }) => warnings,
      ),
    ),
    answer: createAnswer(answering, compilers.fallback, {
      sessionFor: request => emptySession({ id, captures }, request),
      parts: challengeOf(authenticators),
    }),
    changes: createChanges(id, owns, removal.query),
    upstream: upstream?.kind === 'upstream' ? upstream.upstream : undefined,
    problems: orNone(problems),
  }
}

const none: readonly never[] = []

/** Empty lists of thousands of rules are one object. */
const orNone = <T>(list: readonly T[]): readonly T[] => (list.length === 0 ? none : list)

/** A caller of the decision API could not tell the one from the other. */
function namesOfBoth(owns: readonly string[], answered: readonly string[]): readonly string[] {
  if (answered.length === 0) return none
  const folds = new Set(owns.map(foldedName))
  return [...new Set(answered)]
    .filter(name => folds.has(foldedName(name)))
    .map(
      name =>
        `mutators: found ${name} as a header for the upstream and for the client, expected it for one of them: callers of the decision API cannot distinguish them`,
    )
}

/** What a challenge says about all of them; undefined: nothing. */
function challengeOf(
  authenticators: readonly { readonly challenge: ChallengeParts }[],
): ChallengeParts | undefined {
  const realm = authenticators.find(({ challenge }) => challenge.realm !== undefined)?.challenge
    .realm
  const scopes = [...new Set(authenticators.flatMap(({ challenge }) => challenge.scopes ?? none))]
  return realm === undefined && scopes.length === 0 ? undefined : { realm, scopes }
}

const captureProblems = (
  steps: readonly Runnable<Step>[],
  names: CaptureNames,
): readonly string[] =>
  steps.flatMap(({ stage, handler, needsCaptures }) =>
    missingCaptures(needsCaptures, names).map(text => `${stage} "${handler}": ${text}`),
  )

interface BodyReaders {
  readonly authenticators: readonly Runnable<Authenticate>[]
  readonly steps: readonly Runnable<Step>[]
  /** The most bytes that are kept of any body. */
  readonly most: number
}

function bodyProblems(
  { body }: RuleDefinition,
  { authenticators, steps, most }: BodyReaders,
): readonly string[] {
  const problems = authenticators.filter(reads).map(({ stage, handler }) => {
    return `${stage} "${handler}": found .MatchContext.Body, expected none: the body is read after the authenticators`
  })
  if (body === undefined) {
    const unread = steps.filter(reads)
    problems.push(
      ...unread.map(({ stage, handler }) => `${stage} "${handler}": ${unreadBody('the body')}`),
    )
  } else if (body.maxBytes > most) {
    problems.push(
      `body.max_bytes: found ${body.maxBytes}, expected at most limits.body.bytes (${most})`,
    )
  }
  return problems
}

const reads = ({ readsParsedBody }: { readonly readsParsedBody: boolean }): boolean =>
  readsParsedBody

function missingParts({ authenticators: a, mutators: m }: RuleDefinition): readonly string[] {
  const missing: string[] = []
  if (!a?.length) missing.push('authenticators: a rule needs at least one')
  if (!m?.length) missing.push('mutators: a rule needs at least one')
  return missing
}

/** The handlers of a broken rule never run: it denies what it matches, so that no broader rule takes over. */
function alwaysFailing(problems: readonly string[]): PipelineStep {
  const failed = failure('internal_server_error', {
    message: `the rule is invalid: ${problems.join('; ')}`,
  })
  return { stage: 'authenticator', handler: '', run: () => failed }
}

const noCaptures: MatchCaptures = { groups: [], named: new Map() }

/** Of the first pattern that matches. */
const capturesOf =
  (patterns: readonly Pattern[]): Captures =>
  request => {
    for (const url of formsOf(request)) {
      const pattern = patterns.find(one => one.test(url))
      if (pattern !== undefined) return toCaptures(pattern, url)
    }
    return noCaptures
  }

function toCaptures(pattern: Pattern, url: string): MatchCaptures {
  const groups = pattern.captures(url)
  if (groups.length === 0) return noCaptures
  const bytes = groups.map(bytesOf)
  const { names } = pattern
  if (names.length === 0) return { groups: bytes, named: noCaptures.named }
  const named = bytes.flatMap((group, i) => {
    const name = names[i]
    return name === undefined ? [] : [[name, group] as const]
  })
  return { groups: bytes, named: new Map(named) }
}

/** The texts that a request may have been matched as. */
function* formsOf(request: AccessRequest): Generator<string> {
  yield urlText(request.scheme, request)
  if (request.schemeFallback !== undefined) yield urlText(request.schemeFallback, request)
  if (request.rpc !== undefined) yield textOf(request.rpc.url)
}
