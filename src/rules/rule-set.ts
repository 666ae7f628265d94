import type { Answer } from '../handlers/kind.ts'
import { textOf } from '../lib/bytes.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'
import type { CredentialSource } from '../model/session.ts'
import type { Trace } from '../model/trace.ts'
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
  /** Every place from which an authenticator of a working rule may read a credential, as far as they name it. */
  readonly credentials: readonly CredentialSource[]
  /** Key sets that sign tokens: those of the configuration first, then those of the working rules. */
  readonly signsWith: readonly string[]
  readonly problems: readonly RuleProblem[]
  /** Settings that are valid but may be unintended. */
  readonly warnings: readonly RuleWarning[]
}

/** A rule whose match is invalid, or the rules of a source or document that was never read. */
export type UnknownRules = 'match' | 'source'

interface Parts {
  readonly matcher: Matcher<Rule>
  readonly rules: readonly Rule[]
  /** Why another rule may have been meant where a default rule matches; undefined: every rule is known. */
  readonly unknown: UnknownRules | undefined
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
export const severalRules = (rules: readonly Rule[]): Failure => {
  const named = rules.slice(0, mostNamed).map(({ id }) => `"${textOf(id)}"`)
  const more = rules.length > mostNamed ? ` and ${rules.length - mostNamed} more` : ''
  const cause = `these rules match: ${named.join(', ')}${more}`
  return failure('internal_server_error', { message: message.severalRules }, cause)
}

export function createRuleSet(parts: Parts): RuleSet {
  const { matcher, rules, unknown, listed, total, problems, warnings, fallback } = parts
  const hasRpcRules = rules.some(isRpcRule)
  const working = rules.filter(rule => rule.problems.length === 0)
  return {
    find: (request, trace) => {
      const onCandidate = trace && candidateRecorder(trace)
      return findOne({ matcher, hasRpcRules, unknown, onCandidate }, request)
    },
    answer: fallback,
    definitions: working.map(rule => rule.definition),
    credentials: [...new Set(working.flatMap(rule => rule.credentials))],
    signsWith: [...new Set([...parts.signsWith, ...working.flatMap(rule => rule.signsWith)])],
    listed,
    total,
    problems,
    warnings,
  }
}

interface Search {
  readonly matcher: Matcher<Rule>
  readonly hasRpcRules: boolean
  readonly unknown: UnknownRules | undefined
  readonly onCandidate: ReturnType<typeof candidateRecorder> | undefined
}

/** Looks for a default rule only when no other rule matches the first or the second scheme. */
function findOne(search: Search, request: AccessRequest): Rule | Failure {
  const { scheme, schemeFallback } = request
  const first = findAs(scheme, search, request)
  if ('kind' in first) return first
  if (first.others.length > 0) return onlyOne(first.others)
  if (schemeFallback === undefined) return onlyDefault(first.defaults, search)
  const second = findAs(schemeFallback, search, request)
  if ('kind' in second) return second
  if (second.others.length > 0) return onlyOne(second.others)
  return onlyDefault(first.defaults.length > 0 ? first.defaults : second.defaults, search)
}

interface FoundRules {
  readonly others: readonly Rule[]
  readonly defaults: readonly Rule[]
}

function findAs(scheme: string, search: Search, request: AccessRequest): FoundRules | Failure {
  const { matcher, hasRpcRules, onCandidate } = search
  const { method, rpc } = request
  const byUrl = matcher.find({ url: urlText(scheme, request), method, request, onCandidate })
  if ('kind' in byUrl) return evaluationFailed(byUrl.value, byUrl.reason)
  if (!hasRpcRules || rpc === undefined) return split(byUrl)
  const byRpc = matcher.find({ url: textOf(rpc.url), method, request, onCandidate })
  if ('kind' in byRpc) return evaluationFailed(byRpc.value, byRpc.reason)
  return split([...byUrl, ...byRpc.filter(isRpcRule)])
}

const noRules: readonly Rule[] = []

/** A rule with several patterns may be found more than once. */
function split(found: readonly Rule[]): FoundRules {
  const [first] = found
  if (first === undefined) return nothingFound
  if (found.length === 1) {
    return first.isDefault
      ? { others: noRules, defaults: found }
      : { others: found, defaults: noRules }
  }
  const rules = [...new Set(found)]
  return {
    others: rules.filter(({ isDefault }) => !isDefault),
    defaults: rules.filter(({ isDefault }) => isDefault),
  }
}

const nothingFound: FoundRules = { others: noRules, defaults: noRules }

function onlyDefault(found: readonly Rule[], { unknown }: Search): Rule | Failure {
  const chosen = onlyOne(found)
  return chosen.kind === 'rule' && unknown !== undefined ? meantElsewhere[unknown] : chosen
}

const elsewhere = (reason: string): Failure =>
  failure('internal_server_error', { message: message.internal, reason })

const meantElsewhere: Readonly<Record<UnknownRules, Failure>> = {
  match: elsewhere(
    'a default rule matches, but another rule with an invalid match may have been meant',
  ),
  source: elsewhere(
    'a default rule matches, but a rule of a source that was never read may have been meant',
  ),
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
