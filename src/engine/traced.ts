import type { NotResponsible } from '../handlers/kind.ts'
import { type Awaitable, isPending } from '../lib/awaitable.ts'
import type { Failure } from '../model/failure.ts'
import type { Session } from '../model/session.ts'
import type { Stage, Trace } from '../model/trace.ts'

type Outcome = Session | NotResponsible | Failure

interface Traced {
  readonly stage: Stage
  readonly handler: string
  readonly branch?: string | undefined
}

/** Runs one handler and records how it ended and how long it took. Synchronous when the handler is. */
export function traced<Settled extends Outcome>(
  step: Traced,
  trace: Trace,
  handle: () => Awaitable<Settled>,
): Awaitable<Settled> {
  const start = performance.now()
  const record = (outcome: Settled): Settled => {
    trace.record(toStep(step, outcome, performance.now() - start))
    return outcome
  }
  const outcome = handle()
  return isPending(outcome) ? outcome.then(record) : record(outcome)
}

function toStep({ stage, handler, branch }: Traced, outcome: Outcome, milliseconds: number) {
  const microseconds = Math.round(milliseconds * 1000)
  const place = branch === undefined ? {} : { branch }
  const step = {
    kind: 'handler',
    stage,
    handler,
    ...place,
    outcome: nameOf(outcome),
    microseconds,
  } as const
  if (outcome.kind !== 'failure') return step
  return { ...step, reason: outcome.info.reason ?? outcome.info.message }
}

function nameOf(outcome: Outcome) {
  if (outcome.kind === 'session') return 'ok'
  return outcome.kind === 'failure' ? outcome.code : outcome.kind
}
