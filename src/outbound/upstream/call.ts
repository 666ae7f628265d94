/** One request to an upstream and its answer, for HTTP/1.1 and HTTP/2. */
import type { Duplex } from 'node:stream'

/** How the end of a request's body is marked. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  /** `trailers`: the names of the trailers that the client announced. */
  | { readonly kind: 'chunked'; readonly trailers: readonly string[] }

export interface UpstreamRequest {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: string
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Flat `[name, value, …]`, with Host, without headers of the connection and the framing. */
  readonly headers: readonly string[]
  readonly framing: Framing
  /** The protocol to switch to, as in the header `Upgrade`. */
  readonly upgrade?: string | undefined
}

/** Status and headers of an answer, not checked. */
export interface AnswerHead {
  readonly status: number
  /** Flat `[name, value, …]`, without pseudo headers. */
  readonly headers: readonly string[]
}

/** Controls a running request. */
export interface UpstreamCall {
  /** False: wait for `drained` before the next chunk. */
  readonly write: (chunk: Buffer) => boolean
  /** Ends the body. Trailers are flat, and sent only with the framing `chunked`. */
  readonly finish: (trailers: readonly string[]) => void
  /** Stops reading the answer until `resume`. */
  readonly pause: () => void
  readonly resume: () => void
  /** Ends the request; no event follows. */
  readonly abort: () => void
}

/**
 * Events of a request. `began` is the first, unless the connection fails. The last is `ended`, `switched`, `failed` or
 * `broke`.
 */
export interface UpstreamEvents {
  readonly began: (call: UpstreamCall) => void
  readonly drained: () => void
  /** An answer with status 1xx; the final one follows. */
  readonly interim: (head: AnswerHead) => void
  readonly answered: (head: AnswerHead) => void
  readonly data: (chunk: Buffer) => void
  /** The answer is complete. Trailers are flat. */
  readonly ended: (trailers: readonly string[]) => void
  /** Status 101. The receiver must close the socket; `rest`: first bytes of the new protocol. */
  readonly switched: (head: AnswerHead, socket: Duplex, rest: Buffer) => void
  /** There was no answer, or not a complete one. `code` is `ETIMEDOUT` after a time limit. */
  readonly failed: (error: NodeJS.ErrnoException) => void
  /** A bug (an unexpected exception) ended the request. */
  readonly broke: (bug: unknown) => void
}

/** Sends a request. Never throws. */
export type OpenUpstream = (request: UpstreamRequest, events: UpstreamEvents) => void

/** Time limit for a new connection in milliseconds, including TLS and HTTP/2 settings. */
export const connectTimeout = 10_000

export const timedOut = (what: string): NodeJS.ErrnoException =>
  Object.assign(new Error(what), { code: 'ETIMEDOUT' })
