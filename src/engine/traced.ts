import type { Awaitable, NotResponsible } from '../handlers/kind.ts'
import type { Failure } from '../model/failure.ts'
import type { Session } from '../model/session.ts'
import type { Stage, Trace } from '../model/trace.ts'

type Outcome = Session | NotResponsible | Failure

/** Runs one handler and records how it ended and how long it took. */
export async function traced(
  { stage, handler }: { readonly stage: Stage; readonly handler: string },
  trace: Trace,
  handle: () => Awaitable<Outcome>,
): Promise<Outcome> {
  const start = performance.now()
  const outcome = await handle()
  trace.record({
    kind: 'handler',
    stage,
    handler,
    outcome: nameOf(outcome),
    microseconds: Math.round((performance.now() - start) * 1000),
    ...(outcome.kind === 'failure' ? { reason: outcome.info.reason ?? outcome.info.message } : {}),
  })
  return outcome
}

function nameOf(outcome: Outcome) {
  if (outcome.kind === 'session') return 'ok'
  return outcome.kind === 'failure' ? outcome.code : outcome.kind
}
