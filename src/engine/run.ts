import { type NotResponsible, notResponsible } from '../handlers/kind.ts'
import { type Awaitable, isPending } from '../lib/awaitable.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Session } from '../model/session.ts'
import type { Trace } from '../model/trace.ts'
import type { PipelineStep, Rule } from '../rules/rule.ts'
import { traced } from './traced.ts'

/** One request in the pipeline of its rule. */
export interface Check {
  readonly rule: Rule
  readonly request: AccessRequest
  readonly trace: Trace | undefined
  /** The session that every authenticator gets. */
  readonly empty: Session
}

type Outcome = Session | NotResponsible | Failure

/**
 * Authenticators until one is responsible, then the authorizer and the mutators; the first failure ends it.
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
  return outcome.kind === 'not_responsible' ? nobodyResponsible : outcome
}

function advance(
  check: Check,
  step: PipelineStep,
  outcome: Session | NotResponsible,
): Awaitable<Outcome> {
  const isAuthenticator = step.stage === 'authenticator'
  if (isAuthenticator && outcome.kind === 'session') return outcome
  if (!isAuthenticator && outcome.kind === 'not_responsible') return nobodyResponsible
  const session = outcome.kind === 'session' ? outcome : check.empty
  return check.trace
    ? traced(step, check.trace, () => step.run(session, check.request))
    : step.run(session, check.request)
}

const nobodyResponsible = failure('unauthorized', { message: message.unauthorized })
