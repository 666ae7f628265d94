import type { Signal } from '../../lib/signal.ts'
import type { Failure } from '../../model/failure.ts'
import type { HeaderMap } from '../../model/headers.ts'

/** A body that is sent while it is read. A redirect that would need it again is not followed. */
export type BodyStream = AsyncIterable<Buffer>

/** Several values of a name are sent as several lines. */
export type OutboundHeaders = Readonly<Record<string, string | readonly string[]>>

/** Headers that may contain a trace context. */
export interface TraceSource {
  all(name: string): readonly string[]
}

/** One call to another service. Header values and a text body are byte strings. */
export interface HttpCall {
  readonly method: string
  /** `http:` or `https:`. User and password are sent as Basic credentials, unless `headers` has Authorization. */
  readonly url: string
  readonly headers?: OutboundHeaders
  /** Headers of the client's request that are also sent, with canonical names; `headers` override them. */
  readonly passed?: HeaderMap
  readonly body?: string | Buffer | BodyStream
  /** Aborts the call, for example when the caller hangs up. */
  readonly signal?: Signal
  /** Headers of the request that the call is made for; its W3C trace context is sent. */
  readonly trace?: TraceSource | undefined
  /** Maximum of redirects that are followed, on the same origin; default 0: the 3xx is returned. */
  readonly redirects?: number
  /** Overrides `limits.outbound.timeout`, in milliseconds. */
  readonly timeout?: number
  /** Overrides `limits.outbound.bytes`: the largest answer, in bytes. */
  readonly bytes?: number
}

/** The call without the signal and trace of one request, for an answer that several requests share. */
export function shared({ signal: _, trace: __, ...call }: HttpCall): HttpCall {
  return call
}

/** Names in `headers` are canonical, values byte strings. */
export interface HttpReply {
  readonly kind: 'http_reply'
  readonly status: number
  readonly headers: HeaderMap
  readonly body: Buffer
}

/**
 * The HTTP client for all calls to other services: pooled connections, limits of time, size and concurrency.
 *
 * Fails with  gateway_timeout (too slow, or aborted), bad_gateway (no answer for another reason, the answer is too
 *             large, too many calls are waiting). A value, never thrown.
 */
export interface Http {
  send(call: HttpCall): Promise<HttpReply | Failure>
  close(): Promise<void>
}
