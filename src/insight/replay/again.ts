/**
 * Makes one decision again. Handlers that asked the outside give what they gave; all others are run. What was left out
 * of the capsule, and is read, makes the decision undecided.
 */
import type { RecordedStep } from '../../capsule/format.ts'
import type { NotResponsible } from '../../handlers/kind.ts'
import { notResponsible } from '../../handlers/kind.ts'
import { type Awaitable, whenReady } from '../../lib/awaitable.ts'
import { type Failure, failure, message } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { Session } from '../../model/session.ts'
import type { AuthenticatorStep, AuthorizerGroupStep, HandlerStep, When } from '../../rules/rule.ts'
import type { History } from './history.ts'
import { changed, failureOf, type Recorded } from './recorded.ts'
import type { Taint } from './taint.ts'

export interface Again {
  readonly history: History
  readonly taint: Taint
  /** What was read since it was cleared, and is not there. */
  readonly missing: Set<string>
  /** What makes the decision undecided. */
  readonly doubts: Set<string>
  /** The capsule was written with these rules and settings. */
  readonly isSameSet: boolean
}

type Outcome = Session | NotResponsible | Failure
type Runnable = AuthenticatorStep | HandlerStep

export interface Asked {
  readonly session: Session
  readonly request: AccessRequest
}

export function outcomeAgain(
  again: Again,
  step: Runnable,
  { session, request }: Asked,
): Awaitable<Outcome> {
  if (step.asksOutside) return recordedOutcome(again, step, session)
  const { missing, taint } = again
  missing.clear()
  return whenReady<Outcome, Outcome>(step.run(taint.watch(session), request), outcome =>
    outcomeOfRun(again, step, {
      session,
      outcome: outcome.kind === 'session' ? taint.unwatch(outcome) : outcome,
    }),
  )
}

function recordedOutcome(again: Again, step: Runnable, session: Session): Outcome {
  const found = again.history.find(step, session)
  if (found !== undefined) return give(again, found, session)
  again.doubts.add(`what ${step.handler} gives here: the capsule has no such call`)
  return unknown
}

interface Ran {
  readonly session: Session
  readonly outcome: Outcome
}

function outcomeOfRun(again: Again, step: Runnable, { session, outcome }: Ran): Outcome {
  const { missing, history, doubts } = again
  // It copies the headers as they are.
  const copies = step.stage === 'mutator' && step.handler === 'noop'
  if (missing.size > 0 && !copies) {
    const unread = [...missing]
    const found = history.find(step, session)
    if (found !== undefined) return give(again, found, withEditsOf(session, outcome))
    for (const what of unread) doubts.add(what)
  }
  if (outcome.kind === 'session') history.add(step, session, outcome)
  return outcome
}

/** What a mutator removes follows from its config, so that the edits of the run count. */
const withEditsOf = (session: Session, outcome: Outcome): Session =>
  outcome.kind === 'session' && outcome.edits !== undefined
    ? { ...session, edits: outcome.edits }
    : session

function give({ history, taint, doubts }: Again, found: Recorded, session: Session): Outcome {
  const { step } = found
  history.use(found)
  if (step.outcome === 'not_responsible') return notResponsible
  const failed = failureOf(step)
  if (failed !== undefined) return failed
  if (step.outcome !== 'ok') {
    doubts.add(`the outcome "${step.outcome}" of ${step.handler}, which is not known`)
    return unknown
  }
  taint.add(step.changes)
  return changed(session, step.changes)
}

const unknown = failure('internal_server_error', {
  message: message.internal,
  reason: 'the capsule does not have the outcome of a handler',
})

/** A `when` of a handler. */
export function conditionAgain(
  again: Again,
  step: HandlerStep | AuthorizerGroupStep,
  when: When,
): When {
  const { missing, taint, doubts, history, isSameSet } = again
  return (session, request) => {
    missing.clear()
    const answer = when(taint.watch(session), request)
    if (missing.size === 0) return answer
    const unread = [...missing]
    const found = isSameSet && 'handler' in step ? history.find(step, session) : undefined
    if (found !== undefined) return recordedCondition(found.step)
    for (const what of unread) doubts.add(what)
    return answer
  }
}

const recordedCondition = (step: RecordedStep): boolean | Failure =>
  step.condition ? (failureOf(step) ?? unknown) : step.outcome !== 'skipped'
