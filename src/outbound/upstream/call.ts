/** One request to an upstream and its answer, over HTTP/1.1 and HTTP/2 alike. */
import type { Duplex } from 'node:stream'

/** How the end of a request's body is marked. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  /** `trailers`: the names that the body's trailers will have, as the client announced them. */
  | { readonly kind: 'chunked'; readonly trailers: readonly string[] }

export interface UpstreamRequest {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Flat `[name, value, …]`, Host among them; no header of the connection or of the framing. */
  readonly headers: readonly string[]
  readonly framing: Framing
  /** The protocol to switch to, as in the header `Upgrade`. */
  readonly upgrade?: string | undefined
}

/** What an upstream said before its body; nothing of it is checked. */
export interface AnswerHead {
  readonly status: number
  /** Flat `[name, value, …]`, without pseudo headers. */
  readonly headers: readonly string[]
}

/** The running request, for whoever sends its body and reads its answer. */
export interface UpstreamCall {
  /** False: wait for `drained` before the next chunk. */
  readonly write: (chunk: Buffer) => boolean
  /** The body is complete. Trailers are flat, and sent where the framing is `chunked`. */
  readonly finish: (trailers: readonly string[]) => void
  /** Reads no more of the answer, until `resume`. */
  readonly pause: () => void
  readonly resume: () => void
  /** Ends the request; no event follows. */
  readonly abort: () => void
}

/**
 * What happens to a request. `began` comes first, unless there is no connection; `ended`, `switched`,
 * `failed` or `broke` is the last one.
 */
export interface UpstreamEvents {
  readonly began: (call: UpstreamCall) => void
  readonly drained: () => void
  /** An answer of status 1xx; the real one follows. */
  readonly interim: (head: AnswerHead) => void
  readonly answered: (head: AnswerHead) => void
  readonly data: (chunk: Buffer) => void
  /** The answer is complete. Trailers are flat. */
  readonly ended: (trailers: readonly string[]) => void
  /** Status 101. The connection is the receiver's to end; `rest` are the first bytes of the new protocol. */
  readonly switched: (head: AnswerHead, socket: Duplex, rest: Buffer) => void
  /** There was no answer, or it broke off. `code` is `ETIMEDOUT` where a time limit passed. */
  readonly failed: (error: NodeJS.ErrnoException) => void
  /** A bug of ours ended the request. */
  readonly broke: (bug: unknown) => void
}

/** Sends a request. Never throws. */
export type OpenUpstream = (request: UpstreamRequest, events: UpstreamEvents) => void

/** Milliseconds for a connection to be made, TLS and HTTP/2 settings included. */
export const connectTimeout = 10_000

export const timedOut = (what: string): NodeJS.ErrnoException =>
  Object.assign(new Error(what), { code: 'ETIMEDOUT' })
