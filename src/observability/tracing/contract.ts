/** The tracer interface of the engine. `otel.ts` implements it and is loaded only when traces are configured. */
import type { Decision } from '../../model/decision.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { RecordedStep } from '../recording.ts'

export interface Tracer {
  /** Begins the span of a request. Calls for the request then send its context. undefined: the request is not traced. */
  readonly begin: (request: AccessRequest) => DecisionSpan | undefined
  /** Sends the remaining spans, within that time (milliseconds). */
  readonly close: (timeLimit?: number) => Promise<void>
}

export interface DecisionSpan {
  /** False: the span is not sent, so steps need not be recorded. */
  readonly isRecording: boolean
  readonly end: (decision: Decision, steps: readonly RecordedStep[]) => void
}

/** Formats of a trace context, with the names of `OTEL_PROPAGATORS`. */
export const propagatorNames = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger'] as const
export type PropagatorName = (typeof propagatorNames)[number]

export interface Sampler {
  /** True: the sampling decision of the caller is used if there is one. */
  readonly parentBased: boolean
  /** Share of traces that are sampled, 0 to 1. */
  readonly ratio: number
}

export interface TracingOptions {
  readonly serviceName: string
  readonly serviceVersion: string
  /** `deployment.environment`; empty: not set. */
  readonly environment: string
  readonly exporter:
    | {
        readonly kind: 'otlp'
        readonly url: string
        readonly headers: Readonly<Record<string, string>>
      }
    | { readonly kind: 'zipkin'; readonly url: string }
    /** Spans are created only for the context that is passed on; they are not sent. */
    | { readonly kind: 'none' }
  readonly sampler: Sampler
  /** All formats are read, and the last one in a request is used; all are written. */
  readonly propagators: readonly PropagatorName[]
  /** Resource attributes of all spans, in addition to those of the other options. */
  readonly attributes: Readonly<Record<string, string>>
  /** Called when spans cannot be delivered. */
  readonly onProblem: (problem: string) => void
}
