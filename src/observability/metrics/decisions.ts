import { textOf } from '../../lib/bytes.ts'
import type { Decision } from '../../model/decision.ts'
import { type FailureCode, failureStatus } from '../../model/failure.ts'
import type { DoorName } from '../../model/request.ts'
import type { Stage, Trace, TraceStep } from '../../model/trace.ts'
import { createBounded } from './bounded.ts'
import type { Family, Sample } from './family.ts'
import { createHistogram, decisionBounds, type Histogram } from './histogram.ts'

export interface DecisionTally {
  readonly record: (door: DoorName, decision: Decided, seconds: number) => void
  /** Counts a request that a door denied before the decision. */
  readonly recordDoorDenial: (door: DoorName, code: FailureCode) => void
  /**
   * Measures the durations of handlers; undefined for most decisions, because reading the clock before and after each
   * handler costs more than the rest of the decision. The returned trace is shared and keeps no data of a request.
   */
  readonly steps: () => Trace | undefined
  /** Call it with the ids of newly loaded rules: counts of other rules are dropped when there are many. */
  readonly retain: (rules: Iterable<string>) => void
  readonly families: readonly Family[]
}

/** The part of a decision that is counted. */
export type Decided =
  | Pick<Extract<Decision, { kind: 'allow' }>, 'kind' | 'rule'>
  | Pick<Extract<Decision, { kind: 'deny' }>, 'kind' | 'rule' | 'failure'>

const doors: readonly DoorName[] = ['grpc', 'decisions', 'proxy', 'lambda', 'middleware']
const outcomes = ['allow', ...(Object.keys(failureStatus) as FailureCode[])]
const doorIndex = Object.fromEntries(doors.map((door, i) => [door, i])) as Record<DoorName, number>
const outcomeIndex = new Map<string, number>(outcomes.map((outcome, i) => [outcome, i]))

/** Maximum of distinct rules, including earlier rule sets. */
const mostRules = 10_000

export function createDecisionTally(): DecisionTally {
  const rules = createBounded(mostRules, () =>
    new Array<number>(doors.length * outcomes.length).fill(0),
  )
  const durations = doors.map(() => createHistogram(decisionBounds))
  const steps = createStepTally()
  const count = (door: DoorName, outcome: string, rule: string): void => {
    const counts = rules.get(rule)
    const at = doorIndex[door] * outcomes.length + (outcomeIndex.get(outcome) ?? 0)
    counts[at] = (counts[at] ?? 0) + 1
  }
  return {
    record: (door, decision, seconds) => {
      const outcome = decision.kind === 'allow' ? 'allow' : decision.failure.code
      count(door, outcome, decision.rule ?? '')
      durations[doorIndex[door]]?.observe(seconds)
    },
    recordDoorDenial: (door, code) => count(door, code, ''),
    steps: sampled(steps.trace),
    retain: loaded => {
      if (rules.entries().size <= mostRules / 2) return
      const kept = new Set(loaded).add('')
      for (const rule of [...rules.entries().keys()]) if (!kept.has(rule)) rules.delete(rule)
    },
    families: [
      {
        name: 'oarlock_decisions_total',
        help: 'Decisions by door, outcome (allow, or the code of the failure) and rule',
        type: 'counter',
        read: () => [...rules.entries()].flatMap(([rule, counts]) => decisionSamples(rule, counts)),
      },
      {
        name: 'oarlock_decision_duration_seconds',
        help: 'How long decisions take, from the request as it was read to the decision',
        type: 'histogram',
        read: () =>
          durations.flatMap((histogram, i) => histogramSamples(histogram, doors[i] ?? '')),
      },
      steps.family,
    ],
  }
}

const decisionSamples = (rule: string, counts: readonly number[]): readonly Sample[] =>
  counts.flatMap((value, at) => {
    if (value === 0) return []
    const door = doors[Math.floor(at / outcomes.length)] ?? ''
    const outcome = outcomes[at % outcomes.length] ?? ''
    return [{ labels: { door, outcome, rule: textOf(rule) }, value }]
  })

const histogramSamples = (histogram: Histogram, door: string): readonly Sample[] =>
  histogram.count() === 0 ? [] : histogram.samples({ door })

/** Handlers of one decision in so many are measured, beginning with the first. */
const every = 16

function sampled(trace: Trace): () => Trace | undefined {
  let seen = 0
  return () => (seen++ % every === 0 ? trace : undefined)
}

/** Handler names are fixed in the program, so their number needs no limit. */
function createStepTally(): { readonly trace: Trace; readonly family: Family } {
  const byStage: Readonly<Record<Stage, Map<string, Histogram>>> = {
    authenticator: new Map(),
    authorizer: new Map(),
    mutator: new Map(),
    error: new Map(),
  }
  const histogramOf = (stage: Stage, handler: string): Histogram => {
    const known = byStage[stage].get(handler)
    if (known !== undefined) return known
    const made = createHistogram(decisionBounds)
    byStage[stage].set(handler, made)
    return made
  }
  const record = (step: TraceStep): void => {
    if (step.kind === 'handler')
      histogramOf(step.stage, step.handler).observe(step.microseconds / 1e6)
  }
  const read = (): readonly Sample[] =>
    Object.entries(byStage).flatMap(([stage, handlers]) =>
      [...handlers].flatMap(([handler, histogram]) => histogram.samples({ stage, handler })),
    )
  return {
    trace: { record, handlersOnly: true },
    family: {
      name: 'oarlock_step_duration_seconds',
      help: 'How long the handlers of rules take, of one decision in sixteen',
      type: 'histogram',
      read,
    },
  }
}
