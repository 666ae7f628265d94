/**
 * One request in, one decision out: the page to read first. Nothing here parses, logs or knows a wire;
 * anything unexpected is a deny.
 */
import type { Decision } from '../model/decision.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Session } from '../model/session.ts'
import type { Trace } from '../model/trace.ts'
import { builtInAnswer } from '../rules/answer.ts'
import { emptySession } from '../rules/match-context.ts'
import type { Rule } from '../rules/rule.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import { isPending } from './pending.ts'
import { type Check, run } from './run.ts'
import { within } from './time-limit.ts'
import { unsendable, unsendableAnswer } from './unsendable.ts'

/** Never rejects. `trace`, when given, is told each step; without it nothing is recorded. */
export async function decide(
  rules: RuleSet,
  request: AccessRequest,
  trace?: Trace,
): Promise<Decision> {
  const rule = rules.find(request, trace?.handlersOnly ? undefined : trace)
  if (rule.kind === 'failure') {
    return { kind: 'deny', failure: rule, reply: rules.answer(rule, request) }
  }
  trace?.record({ kind: 'match', rule: rule.id })
  const outcome = await settle({
    rule,
    request,
    trace,
    empty: emptySession(rule.captures, request),
  })
  const failed =
    outcome.kind === 'failure'
      ? outcome
      : (unsendable(outcome, request.door) ?? nowhere(rule, request))
  return failed === undefined
    ? allow(rule, outcome as Session, request)
    : deny(rule, request, failed)
}

const allow = (rule: Rule, session: Session, { headers }: AccessRequest): Decision => ({
  kind: 'allow',
  rule: rule.id,
  session,
  changes: rule.changes(session, headers),
  upstream: rule.upstream,
})

/** The proxy alone needs an upstream, and looks for it last. */
const nowhere = ({ upstream }: Rule, { door }: AccessRequest): Failure | undefined =>
  door === 'proxy' && upstream === undefined ? noUpstream : undefined

const noUpstream = failure('internal_server_error', {
  message: message.internal,
  reason: 'the rule names no upstream.url',
})

/** An answer that cannot be sent is a failure of its own. */
function deny(rule: Rule, request: AccessRequest, failed: Failure): Decision {
  const reply = rule.answer(failed, request)
  const unsent = unsendableAnswer(reply.headers, request.door)
  if (unsent === undefined) return { kind: 'deny', rule: rule.id, failure: failed, reply }
  return { kind: 'deny', rule: rule.id, failure: unsent, reply: builtInAnswer(unsent, request) }
}

/** Runs the pipeline within the request's budget; what a handler throws is a bug and becomes a failure. */
function settle(check: Check): Session | Failure | Promise<Session | Failure> {
  try {
    const outcome = run(check)
    return isPending(outcome) ? within(check.request, outcome).catch(aBug) : outcome
  } catch (bug) {
    return aBug(bug)
  }
}

const aBug = (bug: unknown): Failure =>
  failure('internal_server_error', { message: message.internal, reason: 'a handler threw' }, bug)
