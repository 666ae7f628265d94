import type { Signal } from '../../lib/signal.ts'
import type { Failure } from '../../model/failure.ts'
import type { HeaderMap } from '../../model/headers.ts'

/** A body that is sent while it is read; a redirect that would need it again is not followed. */
export type BodyStream = AsyncIterable<Buffer>

/** Several values of a name go out as several lines. */
export type OutboundHeaders = Readonly<Record<string, string | readonly string[]>>

/** Where a trace context may stand. */
export interface TraceSource {
  all(name: string): readonly string[]
}

/** One call to another service. Header values and a text body are byte strings. */
export interface HttpCall {
  readonly method: string
  /** `http:` or `https:`; a user and password in it go out as Basic credentials, unless `headers` has its own. */
  readonly url: string
  readonly headers?: OutboundHeaders
  /** The request's own headers that go along, names canonical; those of `headers` win. */
  readonly passed?: HeaderMap
  readonly body?: string | Buffer | BodyStream
  /** Aborts the call: the caller's deadline, or that it hung up. */
  readonly signal?: Signal
  /** Headers of the request that it is made for: its W3C trace context goes along. */
  readonly trace?: TraceSource | undefined
  /** Redirects followed, same origin only; 0 (default): the 3xx is the answer. */
  readonly redirects?: number
  /** Overrides `limits.outbound.timeout`, in milliseconds. */
  readonly timeout?: number
  /** Overrides `limits.outbound.bytes`: the largest answer, in bytes. */
  readonly bytes?: number
}

/** The call without the request that it was made for: several may wait for its answer. */
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
 * The one outbound client: pooled, bounded in time, size and concurrency.
 *
 * Fails with  gateway_timeout (too slow, or the caller gave up), bad_gateway (anything else that kept an
 *             answer from coming, too large an answer, too many calls waiting). A value, never thrown.
 */
export interface Http {
  send(call: HttpCall): Promise<HttpReply | Failure>
  close(): Promise<void>
}
