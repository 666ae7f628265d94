/**
 * A replay capsule: what the decision log keeps of one decision, so that it can be decided again without the outside.
 * JavaScript text. It has no credentials: `null` stands for a value that is left out.
 */
import type { JsonValue } from '../lib/json.ts'
import type { CredentialSource } from '../model/session.ts'

export const capsuleVersion = 1

export type Capsule = WholeCapsule | OmittedCapsule

export interface OmittedCapsule {
  readonly v: typeof capsuleVersion
  /** The reason why the capsule was left out. */
  readonly omitted: string
}

export interface WholeCapsule {
  readonly v: typeof capsuleVersion
  /** `digestOf` of the rules and of their settings. */
  readonly rules: string
  /** `access_rules.matching_strategy`: configs of handlers have patterns, too. */
  readonly strategy: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly request: CapsuleRequest
  /** What the pattern of the rule has captured; absent: nothing, or no rule. */
  readonly captures?: Captured
  /** In the order in which they ended. */
  readonly steps: readonly RecordedStep[]
}

/** What the line of the log does not have. */
export interface CapsuleRequest {
  /** All names of the request, in lower case. null: the value was not read, or it may be a credential. */
  readonly headers: Readonly<Record<string, readonly string[] | null>>
  /** Decoded, in order. null: the value is left out; as a whole: the query cannot be decoded. */
  readonly query: readonly (readonly [name: string, value: string | null])[] | null
  /** Members that were read; null: the request has none. */
  readonly client: Readonly<Record<string, string | null>>
  /** Envoy's context_extensions; absent: not read. */
  readonly context?: Readonly<Record<string, string | null>>
  /** Envoy's filter metadata, if it was read and nothing of it is left out. */
  readonly metadata?: JsonValue
  /** As it was sent, without the query. */
  readonly path: string
  readonly host: string
  readonly path_escapes?: string
  readonly written_path?: string
  readonly scheme_fallback?: string
  readonly rpc?: string
  /** There was a body, which is not kept. */
  readonly body?: true
}

export interface Captured {
  readonly groups: readonly string[]
  readonly named: Readonly<Record<string, string>>
}

export interface RecordedStep {
  /** `idOf` the handler and its config. */
  readonly id: string
  readonly stage: string
  readonly handler: string
  /** `ok`, `skipped`, `not_responsible`, or a failure code. */
  readonly outcome: string
  /** What it changed of the session; absent: nothing. */
  readonly changes?: SessionChanges
  readonly failure?: RecordedFailure
  /** Its `when` failed. */
  readonly condition?: true
}

export interface SessionChanges {
  readonly subject?: string | null
  readonly extra?: JsonValue
  /** A member of `extra` is left out: its place has null. */
  readonly partial?: true
  /** By canonical name; an empty list: the header is not set any more. null: none is. */
  readonly headers?: ValuesByName | null
  /** Headers of the answer. */
  readonly response?: ValuesByName
  /** Parameters that are set. */
  readonly query?: Readonly<Record<string, string | null>>
  readonly credential?: CredentialSource
}

export type ValuesByName = Readonly<Record<string, readonly string[] | null>>

export interface RecordedFailure {
  readonly message: string
  readonly reason?: string
  readonly details?: JsonValue
  readonly for_clients?: true
  readonly headers?: ValuesByName
  readonly refusal?: true
  readonly token_error?: JsonValue
}
