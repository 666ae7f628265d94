import type { Answer } from '../handlers/kind.ts'
import { textOf } from '../lib/bytes.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Trace } from '../model/trace.ts'
import { adviseOn } from './advice.ts'
import type { RuleDefinition } from './definition.ts'
import { urlText } from './match-context.ts'
import type { Matcher } from './matching/matcher.ts'
import type { Rule, RuleWarning } from './rule.ts'

/** Something wrong with one rule. With `pattern` the rule matches nothing; otherwise it denies what it matches. */
export interface RuleProblem {
  readonly rule: string
  readonly pattern: boolean
  readonly message: string
}

/** A rule as the API lists it. */
export interface ListedRule {
  readonly definition: RuleDefinition
  /** Why the rule matches nothing. */
  readonly problem?: string
}

/** All rules at one moment. Immutable: a reload creates a new set. */
export interface RuleSet {
  /** Returns the only rule that matches the request, or a failure when none or several match. */
  find(request: AccessRequest, trace?: Trace): Rule | Failure
  /** Answers a failure that belongs to no rule. */
  readonly answer: Answer
  /** The working rules, in order, as written. */
  readonly definitions: readonly RuleDefinition[]
  /** The working rules, and those whose only problem is the pattern. */
  readonly listed: readonly ListedRule[]
  /** The number of rules that were read, including broken ones. */
  readonly total: number
  /** Key sets that sign tokens: those of the configuration first, then those of the working rules. */
  readonly signsWith: readonly string[]
  readonly problems: readonly RuleProblem[]
  /** Settings that are valid but may be unintended. */
  readonly warnings: readonly RuleWarning[]
  /** Settings that are valid but probably unintended, for `oarlock lint`. */
  advice(): readonly RuleWarning[]
}

interface Parts {
  readonly matcher: Matcher<Rule>
  readonly rules: readonly Rule[]
  readonly listed: readonly ListedRule[]
  readonly total: number
  readonly problems: readonly RuleProblem[]
  readonly warnings: readonly RuleWarning[]
  readonly fallback: Answer
  /** Key sets that the configuration signs with, whether or not a rule uses them. */
  readonly signsWith: readonly string[]
}

const noRule = failure('not_found', { message: message.noRule })

const mostNamed = 10

/** The cause, with the names of the rules, is only logged. */
const severalRules = (rules: readonly Rule[]): Failure => {
  const named = rules.slice(0, mostNamed).map(({ id }) => `"${textOf(id)}"`)
  const more = rules.length > mostNamed ? ` and ${rules.length - mostNamed} more` : ''
  const cause = `these rules match: ${named.join(', ')}${more}`
  return failure('internal_server_error', { message: message.severalRules }, cause)
}

export function createRuleSet(parts: Parts): RuleSet {
  const { matcher, rules, listed, total, problems, warnings, fallback } = parts
  const hasRpcRules = rules.some(isRpcRule)
  const working = rules.filter(rule => rule.problems.length === 0)
  return {
    find: (request, trace) => {
      const onCandidate = trace && candidateRecorder(trace)
      return findOne({ matcher, hasRpcRules, onCandidate }, request)
    },
    answer: fallback,
    definitions: working.map(rule => rule.definition),
    signsWith: [...new Set([...parts.signsWith, ...working.flatMap(rule => rule.signsWith)])],
    listed,
    total,
    problems,
    warnings,
    advice: () => adviseOn(working),
  }
}

function findOne(search: Search, request: AccessRequest): Rule | Failure {
  const first = findAs(request.scheme, search, request)
  if (first !== noRule || request.schemeFallback === undefined) return first
  return findAs(request.schemeFallback, search, request)
}

interface Search {
  readonly matcher: Matcher<Rule>
  readonly hasRpcRules: boolean
  readonly onCandidate: ReturnType<typeof candidateRecorder> | undefined
}

function findAs(
  scheme: string,
  { matcher, hasRpcRules, onCandidate }: Search,
  request: AccessRequest,
): Rule | Failure {
  const byUrl = matcher.find(urlText(scheme, request), request.method, onCandidate)
  if ('kind' in byUrl) return evaluationFailed(byUrl.value, byUrl.reason)
  if (!hasRpcRules || request.rpc === undefined) return onlyOne(byUrl)
  const byRpc = matcher.find(textOf(request.rpc.url), request.method, onCandidate)
  if ('kind' in byRpc) return evaluationFailed(byRpc.value, byRpc.reason)
  return onlyOne([...byUrl, ...byRpc.filter(isRpcRule)])
}

/** A URL rule such as `<.*>` also matches the text of the gRPC form; it must not be found twice. */
const isRpcRule = ({ definition }: Rule): boolean => definition.match?.kind === 'rpc'

function onlyOne(found: readonly Rule[]): Rule | Failure {
  const [rule] = found
  if (rule === undefined) return noRule
  return found.length === 1 ? rule : severalRules(found)
}

const evaluationFailed = (rule: Rule, reason: string): Failure =>
  failure('internal_server_error', {
    message: message.internal,
    reason: `rule "${rule.id}": ${reason}`,
  })

const candidateRecorder =
  (trace: Trace) =>
  ({ id }: Rule, matched: boolean): void =>
    trace.record({ kind: 'candidate', rule: id, matched })
