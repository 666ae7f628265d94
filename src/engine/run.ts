import { type NotResponsible, notResponsible } from '../handlers/kind.ts'
import { type Awaitable, isPending, whenReady } from '../lib/awaitable.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import type { Session } from '../model/session.ts'
import type { AuthenticatorStep, HandlerStep, PipelineStep } from '../rules/rule.ts'
import { runAuthorizer } from './authorize.ts'
import type { Check } from './check.ts'
import { traceCondition, traced } from './traced.ts'

type Outcome = Session | NotResponsible | Failure

/**
 * Authenticators until one is responsible, then the authorizers and the mutators; the first failure ends it.
 * Stays synchronous while the handlers are, so that most decisions need neither a timer nor a signal.
 */
export function run(
  check: Check,
  from = 0,
  before: Outcome = notResponsible,
): Awaitable<Session | Failure> {
  let outcome = before
  let position = from
  for (const step of from === 0 ? check.rule.pipeline : check.rule.pipeline.slice(from)) {
    if (outcome.kind === 'failure') return outcome
    position += 1
    const next = advance(check, step, outcome)
    if (isPending(next)) return next.then(settled => run(check, position, settled))
    outcome = next
  }
  return outcome.kind === 'not_responsible' ? failureOf(outcome) : outcome
}

function advance(
  check: Check,
  step: PipelineStep,
  outcome: Session | NotResponsible,
): Awaitable<Outcome> {
  if (step.stage === 'authenticator') {
    return outcome.kind === 'session' ? outcome : authenticate(check, step, outcome)
  }
  if (outcome.kind === 'not_responsible') return failureOf(outcome)
  if (step.stage === 'authorizer') return runAuthorizer(check, step, outcome)
  return mutate(check, step, outcome)
}

function mutate(
  { request, trace }: Check,
  step: HandlerStep,
  session: Session,
): Awaitable<Outcome> {
  const isUsed = step.when?.(session, request) ?? true
  if (isUsed === false) {
    trace?.record({ kind: 'skipped', stage: step.stage, handler: step.handler, source: step })
    return session
  }
  if (isUsed !== true) {
    if (trace) traceCondition({ step }, trace, isUsed)
    return isUsed
  }
  return trace
    ? traced({ step }, trace, () => step.run(session, request))
    : step.run(session, request)
}

function authenticate(
  { empty, request, trace }: Check,
  step: AuthenticatorStep,
  before: NotResponsible,
): Awaitable<Outcome> {
  const settled = trace
    ? traced({ step }, trace, () => step.run(empty, request))
    : step.run(empty, request)
  if (before.refusal === undefined && step.passesRefusal === undefined) return settled
  return whenReady(settled, outcome => {
    if (outcome.kind === 'not_responsible') return before
    const isPassed = outcome.kind === 'failure' && outcome.isRefusal && step.passesRefusal
    return isPassed ? { kind: 'not_responsible', refusal: before.refusal ?? outcome } : outcome
  })
}

/** Nobody was responsible, or only authenticators that refused the credential. */
const failureOf = ({ refusal }: NotResponsible): Failure => refusal ?? nobodyResponsible

const nobodyResponsible = failure('unauthorized', { message: message.unauthorized })
