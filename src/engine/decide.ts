/**
 * Turns one request into one decision: the file to read first. Nothing here parses, logs or depends on a
 * protocol; anything unexpected is a deny.
 */
import { type Awaitable, isPending, whenReady } from '../lib/awaitable.ts'
import type { Decision } from '../model/decision.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Session } from '../model/session.ts'
import type { Trace } from '../model/trace.ts'
import { builtInAnswer } from '../rules/answer.ts'
import { emptySession } from '../rules/match-context.ts'
import type { Rule } from '../rules/rule.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import type { Check } from './check.ts'
import { run } from './run.ts'
import { withTimeLimit } from './time-limit.ts'
import { unsendable, unsendableAnswer } from './unsendable.ts'

/**
 * Never rejects, and gives a promise only if a handler does. `trace`, when given, records each step.
 */
export function decide(rules: RuleSet, request: AccessRequest, trace?: Trace): Awaitable<Decision> {
  const rule = rules.find(request, trace?.handlersOnly ? undefined : trace)
  if (rule.kind === 'failure') {
    return { kind: 'deny', failure: rule, reply: rules.answer(rule, request) }
  }
  trace?.record({ kind: 'match', rule: rule.id })
  const empty = emptySession(rule, request)
  const outcome = runPipeline({ rule, request, trace, empty })
  return whenReady(outcome, settled => decisionOf(rule, request, settled))
}

function decisionOf(rule: Rule, request: AccessRequest, outcome: Session | Failure): Decision {
  const failed =
    outcome.kind === 'failure'
      ? outcome
      : (unsendable(outcome, request) ?? missingUpstream(rule, request))
  return failed === undefined
    ? allow(rule, outcome as Session, request)
    : deny(rule, request, failed)
}

const allow = (rule: Rule, session: Session, { headers, query }: AccessRequest): Decision => ({
  kind: 'allow',
  rule: rule.id,
  session,
  changes: rule.changes(session, headers, query),
  upstream: rule.upstream,
})

/** Only the proxy needs an upstream; it is checked after the pipeline. */
const missingUpstream = ({ upstream }: Rule, { door }: AccessRequest): Failure | undefined =>
  door === 'proxy' && upstream === undefined ? noUpstream : undefined

const noUpstream = failure('internal_server_error', {
  message: message.internal,
  reason: 'the rule has no upstream.url',
})

/** An answer that cannot be sent is a failure of its own. */
function deny(rule: Rule, request: AccessRequest, failed: Failure): Decision {
  const reply = rule.answer(failed, request)
  const unsent = unsendableAnswer(reply.headers, request.door)
  if (unsent === undefined) return { kind: 'deny', rule: rule.id, failure: failed, reply }
  return { kind: 'deny', rule: rule.id, failure: unsent, reply: builtInAnswer(unsent, request) }
}

/** Runs the pipeline within the request's time limit; an exception of a handler becomes a failure. */
function runPipeline(check: Check): Session | Failure | Promise<Session | Failure> {
  try {
    const outcome = run(check)
    return isPending(outcome) ? withTimeLimit(check.request, outcome).catch(handlerThrew) : outcome
  } catch (bug) {
    return handlerThrew(bug)
  }
}

const handlerThrew = (bug: unknown): Failure =>
  failure('internal_server_error', { message: message.internal, reason: 'a handler threw' }, bug)
