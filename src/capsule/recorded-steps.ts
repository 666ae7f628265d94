/** The steps of a decision as a capsule has them. */
import type { Failure } from '../model/failure.ts'
import { noHeaders } from '../model/headers.ts'
import type { Session } from '../model/session.ts'
import type { TraceStep } from '../model/trace.ts'
import type { RecordedFailure, RecordedStep } from './format.ts'
import { idOf } from './identity.ts'
import { changesOf, type Show, valuesByName } from './session-changes.ts'

export interface StepOptions {
  readonly show: Show
  /** Texts about a failure. */
  readonly reason: (text: string) => string
}

export function recordedSteps(
  steps: Iterable<TraceStep>,
  options: StepOptions,
): readonly RecordedStep[] {
  const recorded: RecordedStep[] = []
  let before: Session | undefined
  for (const step of steps) {
    const one = recordedStep(step, before, options)
    if (one === undefined) continue
    recorded.push(one)
    if (step.kind === 'handler' && step.settled?.kind === 'session') before = step.settled
  }
  return recorded
}

/** undefined: the step is not one of a handler. */
function recordedStep(
  step: TraceStep,
  before: Session | undefined,
  options: StepOptions,
): RecordedStep | undefined {
  if (step.kind === 'candidate' || step.kind === 'match') return undefined
  const { stage, handler, source } = step
  // A group is nothing by itself.
  if (handler === undefined || source === undefined) return undefined
  const named = { id: idOf(source, stage, handler), stage, handler }
  if (step.kind === 'skipped') return { ...named, outcome: 'skipped' }
  const condition = step.isCondition ? { condition: true as const } : {}
  const settled = outcomeOf(before, step.settled, options)
  return { ...named, outcome: step.outcome, ...condition, ...settled }
}

function outcomeOf(
  before: Session | undefined,
  settled: (TraceStep & { readonly kind: 'handler' })['settled'],
  { show, reason }: StepOptions,
): Pick<RecordedStep, 'changes' | 'failure'> {
  if (settled?.kind === 'failure') return { failure: recordedFailure(settled, show, reason) }
  if (settled?.kind !== 'session') return {}
  const changes = changesOf(before, settled, show)
  return changes === undefined ? {} : { changes }
}

function recordedFailure(
  { info, isRefusal, tokenError }: Failure,
  show: Show,
  reason: StepOptions['reason'],
): RecordedFailure {
  const { message, details, isForClients, headers = noHeaders } = info
  return {
    message: reason(message),
    ...(info.reason === undefined ? {} : { reason: reason(info.reason) }),
    ...(details === undefined ? {} : { details: show.json(details).value }),
    ...(isForClients ? { for_clients: true } : {}),
    ...(headers.size === 0 ? {} : { headers: valuesByName(headers, show) }),
    ...(isRefusal ? { refusal: true } : {}),
    ...(tokenError === undefined ? {} : { token_error: tokenErrorJson(tokenError) }),
  }
}

const tokenErrorJson = (found: NonNullable<Failure['tokenError']>) =>
  found.error === 'insufficient_scope'
    ? { error: found.error, scopes: [...found.scopes] }
    : { error: found.error }
