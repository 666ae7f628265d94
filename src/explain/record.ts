/** What happened on the way to one decision, with what each handler read. */

import { type OnRead, watchRequest } from '../capsule/reads.ts'
import type { Awaitable } from '../lib/awaitable.ts'
import type { Decision } from '../model/decision.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Stage, Trace, TraceStep } from '../model/trace.ts'

export interface ExplainedStep {
  readonly stage: Stage
  /** undefined: a group of authorizers. */
  readonly handler: string | undefined
  /** Where it stands in a group, such as `any[1]`. */
  readonly branch?: string | undefined
  readonly outcome: string
  readonly reason?: string | undefined
  readonly us: number
  /** Such as `header authorization` and `call GET http://opa:8181/: 200`; each once, in order. */
  readonly reads: readonly string[]
}

export interface DecisionRecord {
  readonly decision: Decision
  readonly steps: readonly ExplainedStep[]
  /** The rule that matched. */
  readonly rule: string | undefined
}

export type DecideTraced = (request: AccessRequest, trace: Trace) => Awaitable<Decision>

/** Where things that are read from outside are reported, while one decision runs. */
export interface Outside {
  listen(onRead: ((what: string) => void) | undefined): void
}

/** Decides, and records how. Only one at a time for one `outside`. */
export async function recordDecision(
  decide: DecideTraced,
  request: AccessRequest,
  outside?: Outside,
): Promise<DecisionRecord> {
  const { onRead, trace, recordOf } = createStepRecord()
  outside?.listen(onRead)
  const decision = await decide(watchRequest(request, onRead), trace)
  outside?.listen(undefined)
  return recordOf(decision)
}

export interface StepRecord {
  /** Call it for everything that is read. */
  readonly onRead: OnRead
  readonly trace: Trace
  readonly recordOf: (decision: Decision) => DecisionRecord
}

export function createStepRecord(): StepRecord {
  const steps: ExplainedStep[] = []
  let reads = new Set<string>()
  let rule: string | undefined
  const take = (): readonly string[] => {
    const taken = [...reads]
    reads = new Set()
    return taken
  }
  const record = (step: TraceStep): void => {
    if (step.kind === 'candidate') return
    const taken = take()
    if (step.kind === 'match') rule = step.rule
    else steps.push({ ...stepOf(step), reads: taken })
  }
  return {
    onRead: what => void reads.add(what),
    trace: { record },
    recordOf: decision => ({ decision, steps, rule: rule ?? decision.rule }),
  }
}

function stepOf(step: Exclude<TraceStep, { readonly kind: 'candidate' | 'match' }>) {
  const { stage, handler, branch } = step
  if (step.kind === 'skipped') return { stage, handler, branch, outcome: 'skipped', us: 0 }
  const { outcome, reason, microseconds } = step
  return { stage, handler, branch, outcome, reason, us: microseconds }
}
