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
      /** Of an authorizer in a group: where it stands, such as `any[1].all[0]`. */
      readonly branch?: string
      readonly outcome: 'ok' | 'not_responsible' | FailureCode
      readonly microseconds: number
      readonly reason?: string
    }
  /** Its `when` is false. A group has no handler. */
  | {
      readonly kind: 'skipped'
      readonly stage: Stage
      readonly handler: string | undefined
      readonly branch?: string | undefined
    }

/** The optional record of a decision, for the log, for spans and for `explain`. */
export interface Trace {
  record(step: TraceStep): void
  /** Records handlers only: recording the rules that were looked at costs more. */
  readonly handlersOnly?: true
}
