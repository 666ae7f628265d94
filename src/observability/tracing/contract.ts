/** What the engine knows of traces; `otel.ts` is the one implementation, loaded when traces are configured. */
import type { Decision } from '../../model/decision.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { RecordedStep } from '../recording.ts'

export interface Tracer {
  /** undefined: this request is not traced. Calls made for the request carry the span's context from now on. */
  readonly begin: (request: AccessRequest) => DecisionSpan | undefined
  /** Sends what is left, for so many milliseconds at most. */
  readonly close: (patience?: number) => Promise<void>
}

export interface DecisionSpan {
  /** False: nobody will see it, and its steps need not be remembered. */
  readonly isRecording: boolean
  readonly end: (decision: Decision, steps: readonly RecordedStep[]) => void
}

/** Formats of a trace context, by their names in `OTEL_PROPAGATORS`. */
export const propagatorNames = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger'] as const
export type PropagatorName = (typeof propagatorNames)[number]

export interface Sampler {
  /** Asked only where no caller has decided, or always. */
  readonly parentBased: boolean
  /** The share of traces that are kept. */
  readonly ratio: number
}

export interface TracingOptions {
  readonly serviceName: string
  readonly serviceVersion: string
  /** Empty: not told. */
  readonly environment: string
  readonly exporter:
    | {
        readonly kind: 'otlp'
        readonly url: string
        readonly headers: Readonly<Record<string, string>>
      }
    | { readonly kind: 'zipkin'; readonly url: string }
    /** Spans are made for the context that is passed on, and sent to nobody. */
    | { readonly kind: 'none' }
  readonly sampler: Sampler
  /** All are read, the last that a request has counts; all are written. */
  readonly propagators: readonly PropagatorName[]
  /** Of all spans, beside those that the other options say. */
  readonly attributes: Readonly<Record<string, string>>
  /** Told when spans cannot be delivered. */
  readonly onProblem: (problem: string) => void
}
