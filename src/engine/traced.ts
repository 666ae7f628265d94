import { type Awaitable, isPending } from '../lib/awaitable.ts'
import type { Failure } from '../model/failure.ts'
import type { Settled, Stage, Trace, TracedHandler } from '../model/trace.ts'

interface Traced extends TracedHandler {
  readonly stage: Stage
  readonly handler: string
}

export interface Place {
  readonly step: Traced
  /** Of an authorizer in a group. */
  readonly branch?: string | undefined
}

/** Runs one handler and records how it ended and how long it took. Synchronous when the handler is. */
export function traced<Outcome extends Settled>(
  place: Place,
  trace: Trace,
  handle: () => Awaitable<Outcome>,
): Awaitable<Outcome> {
  const start = performance.now()
  const record = (settled: Outcome): Outcome => {
    const microseconds = Math.round((performance.now() - start) * 1000)
    trace.record(toStep(place, settled, microseconds))
    return settled
  }
  const outcome = handle()
  return isPending(outcome) ? outcome.then(record) : record(outcome)
}

function toStep({ step: source, branch }: Place, settled: Settled, microseconds: number) {
  const { stage, handler } = source
  const step = {
    kind: 'handler',
    stage,
    handler,
    outcome: nameOf(settled),
    microseconds,
    source,
    settled,
    ...(branch === undefined ? undefined : { branch }),
  } as const
  if (settled.kind !== 'failure') return step
  return { ...step, reason: settled.info.reason ?? settled.info.message }
}

function nameOf(outcome: Settled) {
  if (outcome.kind === 'session') return 'ok'
  return outcome.kind === 'failure' ? outcome.code : outcome.kind
}

/** Records that the `when` of a handler failed. */
export function traceCondition({ step, branch }: Place, trace: Trace, failed: Failure): void {
  trace.record({ ...toStep({ step, branch }, failed, 0), isCondition: true })
}
