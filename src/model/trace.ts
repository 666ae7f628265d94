import type { FailureCode } from './failure.ts'

/** The stages of the pipeline, in their order. */
export type Stage = 'authenticator' | 'authorizer' | 'mutator' | 'error'

/** One thing that happened on the way to a decision. */
export type TraceStep =
  | { readonly kind: 'candidate'; readonly rule: string; readonly matched: boolean }
  | { readonly kind: 'match'; readonly rule: string }
  | {
      readonly kind: 'handler'
      readonly stage: Stage
      readonly handler: string
      readonly outcome: 'ok' | 'not_responsible' | FailureCode
      readonly microseconds: number
      readonly reason?: string
    }

/** The optional record of a decision: log, spans, `explain` and the console all read the same one. */
export interface Trace {
  record(step: TraceStep): void
  /** Wants to know of handlers alone: which rules were looked at costs more to tell. */
  readonly handlersOnly?: true
}
