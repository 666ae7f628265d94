import type { JsonObject } from '../lib/json.ts'
import type { Failure, FailureCode } from './failure.ts'
import type { Session } from './session.ts'

/** The stages of the pipeline, in their order. */
export type Stage = 'authenticator' | 'authorizer' | 'mutator' | 'error'

/** A compiled handler, as far as the steps of a decision are compared with those of another one. */
export interface TracedHandler {
  /** As merged; undefined: it has none. */
  readonly config?: JsonObject | undefined
  /** Its outcome depends on a credential, on a key, on the body, or on what a service answers. */
  readonly asksOutside?: true | undefined
}

/** What a handler gave. */
export type Settled =
  | Session
  | { readonly kind: 'not_responsible'; readonly refusal?: Failure }
  | Failure

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
      readonly source?: TracedHandler
      readonly settled?: Settled
      /** Its `when` failed, so that it did not run. */
      readonly isCondition?: true
    }
  /** Its `when` is false. A group has no handler. */
  | {
      readonly kind: 'skipped'
      readonly stage: Stage
      readonly handler: string | undefined
      readonly branch?: string | undefined
      readonly source?: TracedHandler
    }

/** The optional record of a decision, for the log, for spans and for `explain`. */
export interface Trace {
  record(step: TraceStep): void
  /** Records handlers only: recording the rules that were looked at costs more. */
  readonly handlersOnly?: true
}
