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
  /** The share of traces that begin here and are kept; a caller's own decision counts more. */
  readonly ratio: number
  /** Told when spans cannot be delivered. */
  readonly onProblem: (problem: string) => void
}
