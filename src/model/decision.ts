import type { Awaitable } from '../lib/awaitable.ts'
import type { JsonObject } from '../lib/json.ts'
import type { Failure } from './failure.ts'
import type { HeaderMap } from './headers.ts'
import type { AccessRequest } from './request.ts'
import type { Session } from './session.ts'
import type { Trace } from './trace.ts'

/** A complete HTTP answer, such as a redirect, a challenge or a JSON error. `body` is a byte string. */
export interface Reply {
  readonly kind: 'reply'
  readonly status: number
  readonly headers: HeaderMap
  readonly body: string
}

export interface QueryChanges {
  readonly set: ReadonlyMap<string, string>
  /** Names as the client wrote them, not decoded. */
  readonly remove: readonly string[]
}

/** What an allow changes besides the session's headers. */
export interface Changes {
  /**
   * Owned header names that were not set, and spellings of owned names that the client sent: they must not reach the
   * upstream. In canonical form, as Go has it.
   */
  readonly remove: readonly string[]
  /** Every name that the rule owns or set, folded (`foldedName`); later headers, such as trailers, must not use them. */
  readonly owned: ReadonlySet<string>
  /** Headers of the answer to the client. */
  readonly response: HeaderMap
  readonly query: QueryChanges
  /** For the log of the proxy (Envoy's dynamic metadata). Never a token. */
  readonly metadata: JsonObject
}

/** Where the proxy sends an allowed request. */
export interface Upstream {
  readonly url: string
  readonly preserveHost: boolean
  readonly stripPath: string
  /** `http://orders:8080`; undefined when the URL cannot be used. */
  readonly origin: string | undefined
  /** Host and port as in the URL. */
  readonly host: string
  /** Decoded and cleaned: `/base`, or empty. */
  readonly basePath: string
  /** Removed from the request's path: whole leading segments such as `/orders`, or empty. */
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

/** `trace`, when given, records each step. Never rejects. */
export type Decide = (request: AccessRequest, trace?: Trace) => Awaitable<Decision>
