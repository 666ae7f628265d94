/** The decision log: one line of JSON per decision. */
import { textOf } from '../lib/bytes.ts'
import type { Decision } from '../model/decision.ts'
import type { Failure } from '../model/failure.ts'
import type { AccessRequest, DoorName } from '../model/request.ts'
import { carriedBy } from './carried.ts'
import type { RecordedStep } from './recording.ts'
import type { Redaction } from './redaction.ts'
import type { Sink } from './sink.ts'

/** Fields that the configuration can mask. */
export const maskable = ['subject', 'client', 'host', 'path', 'reason'] as const
export type Maskable = (typeof maskable)[number]

export interface DecisionLog {
  /** True when the next decision is recorded. */
  readonly wants: () => boolean
  readonly record: (decided: DecidedRequest) => void
  /** Records a request that a door denied before the decision. */
  readonly recordDoorDenial: (door: DoorName, failure: Failure) => void
}

export interface DecidedRequest {
  readonly request: AccessRequest
  readonly decision: Decision
  readonly milliseconds: number
  readonly steps: readonly RecordedStep[]
  /** For replays; undefined: none is written. */
  readonly capsule?: object | undefined
}

export interface DecisionLogOptions {
  readonly sink: Pick<Sink, 'write'>
  readonly redaction: Redaction
  readonly mask: readonly Maskable[]
  /** The value of masked fields. */
  readonly maskText: string
  /** Share of decisions that are recorded, 0 to 1. */
  readonly ratio: number
  readonly random?: () => number
}

type Show = (field: Maskable, value: string | undefined) => string | undefined

export function createDecisionLog(options: DecisionLogOptions): DecisionLog {
  const { sink, redaction, mask, maskText, ratio, random = Math.random } = options
  const masked = new Set<string>(mask)
  const show: Show = (field, value) => {
    if (value === undefined || value === '') return undefined
    return masked.has(field) ? maskText : redaction.text(textOf(value))
  }
  const write = (fields: object): void =>
    sink.write(`${JSON.stringify({ time: new Date().toISOString(), ...fields })}\n`)
  const wants = (): boolean => ratio >= 1 || random() < ratio
  return {
    wants,
    record: decided => write(toRecord(decided, show, redaction)),
    recordDoorDenial: (door, { code, info }) => {
      const reason = show('reason', info.reason ?? info.message)
      if (wants()) write({ door, granted: false, outcome: code, reason, steps: [] })
    },
  }
}

function toRecord(decided: DecidedRequest, show: Show, redaction: Redaction): object {
  const { request, decision, milliseconds, steps, capsule } = decided
  return {
    id: request.id,
    ...traceOf(request),
    door: request.door,
    ...outcomeOf(decision, show),
    request: {
      method: textOf(request.method),
      scheme: textOf(request.scheme),
      host: show('host', request.host),
      path: show('path', request.path),
      query: redaction.query(textOf(request.query)) ?? undefined,
    },
    client: show('client', request.client.address),
    duration_us: Math.round(milliseconds * 1000),
    steps: steps.flatMap(step => stepOf(step, show)),
    capsule,
  }
}

function traceOf({ headers }: AccessRequest): object {
  const carried = carriedBy(headers)
  return carried === undefined ? {} : { trace_id: carried.traceId, span_id: carried.spanId }
}

function outcomeOf(decision: Decision, show: Show): object {
  const rule = decision.rule === undefined ? undefined : textOf(decision.rule)
  if (decision.kind === 'allow') {
    const subject = show('subject', decision.session.subject)
    return { granted: true, outcome: 'allow', rule, subject }
  }
  const { failure, reply } = decision
  const reason = show('reason', failure.info.reason ?? failure.info.message)
  return { granted: false, outcome: failure.code, status: reply.status, rule, reason }
}

function stepOf({ step }: RecordedStep, show: Show): readonly object[] {
  if (step.kind !== 'handler') return []
  const { stage, handler, outcome, microseconds, reason } = step
  return [{ stage, handler, outcome, us: microseconds, reason: show('reason', reason) }]
}
