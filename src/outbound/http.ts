import type { Failure } from '../model/failure.ts'
import type { HeaderMap } from '../model/headers.ts'

/** One call to another service. */
export interface HttpCall {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Aborts the call: the caller's deadline, or that it hung up. */
  readonly signal?: AbortSignal
  /** Redirects followed, same origin only; 0 (default): the 3xx is the answer. */
  readonly redirects?: number
  /** Overrides `limits.outbound.timeout`, in milliseconds. */
  readonly timeout?: number
}

export interface HttpReply {
  readonly kind: 'http_reply'
  readonly status: number
  readonly headers: HeaderMap
  readonly body: Buffer
}

/** The one outbound client: pooled, bounded in time, size and concurrency. A network error is a value, never thrown. */
export interface Http {
  send(call: HttpCall): Promise<HttpReply | Failure>
  close(): Promise<void>
}
