import type { JsonObject } from '../lib/json.ts'
import type { Failure } from './failure.ts'
import type { HeaderMap } from './headers.ts'
import type { AccessRequest } from './request.ts'
import type { Session } from './session.ts'
import type { Trace } from './trace.ts'

/** A finished HTTP answer: a redirect, a challenge and a JSON error are all just this. `body` is a byte string. */
export interface Reply {
  readonly kind: 'reply'
  readonly status: number
  readonly headers: HeaderMap
  readonly body: string
}

export interface QueryChanges {
  readonly set: ReadonlyMap<string, string>
  readonly remove: readonly string[]
}

/** What an allow changes besides the session's headers. */
export interface Changes {
  /**
   * Owned header names that were not set, and spellings of owned names that the client sent: they must not reach the
   * upstream. In canonical form, as Go has it.
   */
  readonly remove: readonly string[]
  /** Every name that the rule owns or set, folded (`foldedName`): what comes later, such as a trailer, must not have one. */
  readonly owned: ReadonlySet<string>
  /** Headers for the client's answer. */
  readonly response: HeaderMap
  readonly query: QueryChanges
  /** For the caller's log (Envoy's dynamic metadata). Never a token. */
  readonly metadata: JsonObject
}

/** Where the proxy sends an allowed request. */
export interface Upstream {
  readonly url: string
  readonly preserveHost: boolean
  readonly stripPath: string
  /** `http://orders:8080`; undefined when nothing can be sent there. */
  readonly origin: string | undefined
  /** Host and port as the URL has them. */
  readonly host: string
  /** Decoded and clean: `/base`, or nothing. */
  readonly basePath: string
  /** What is cut off the request's path: whole leading segments such as `/orders`, or nothing. */
  readonly prefix: string
}

export interface Allow {
  readonly kind: 'allow'
  readonly rule: string
  readonly session: Session
  readonly changes: Changes
  readonly upstream: Upstream | undefined
}

export interface Deny {
  readonly kind: 'deny'
  /** The rule that matched, if one did. */
  readonly rule?: string
  readonly failure: Failure
  readonly reply: Reply
}

export type Decision = Allow | Deny

/** `trace`, when given, is told each step; without it nothing is recorded. Never rejects. */
export type Decide = (request: AccessRequest, trace?: Trace) => Promise<Decision>
