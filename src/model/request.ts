import type { JsonObject } from '../lib/json.ts'
import type { Signal } from '../lib/signal.ts'
import type { PathEscapes } from '../lib/url-path.ts'
import type { Headers } from './headers.ts'

export type DoorName = 'grpc' | 'decisions' | 'proxy' | 'lambda' | 'middleware'

/** The body of a request that a handler asked for. */
export interface RequestBody {
  /** The proxy sent less than the client did: nothing may be decided with it. */
  readonly isPartial: boolean
  /** The bytes, and whether they are all of them. */
  bytes(limit: number): Promise<{ readonly bytes: Buffer; readonly complete: boolean }>
  /** The rest of the body, for handlers that forward it. */
  stream(): AsyncIterable<Buffer>
}

/** Who sent the request, as far as the calling proxy is trusted. */
export interface Client {
  /** The address of the client: of the peer, or forwarded by a trusted peer. */
  readonly address?: string | undefined
  /** The address of the connected peer (gRPC: `source.address`). */
  readonly peer?: string | undefined
  readonly principal?: string | undefined
  readonly certificate?: string | undefined
}

/**
 * One request, from any door. All strings are byte strings (lib/bytes.ts).
 *
 * `scheme`, `host` and `path` are the matched forms (host in lower case, path decoded and cleaned);
 * `raw` is as sent. `query` has no `?`. A URL is looked up as `scheme://host` + `path`.
 */
export interface AccessRequest {
  readonly door: DoorName
  /** The id of the decision in logs, traces and answers: 32 hexadecimal digits. A getter: made when first read. */
  readonly id: string
  readonly method: string
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
  /** Which escapes `path` still has (`serve.paths`); undefined: none, it is decoded. */
  readonly pathEscapes?: PathEscapes
  /** The path of X-Forwarded-Uri as the client wrote it, where `path` was read from there; it begins with a slash. */
  readonly writtenPath?: string | undefined
  readonly raw: { readonly target: string; readonly host: string }
  readonly headers: Headers
  readonly client: Client
  readonly body: RequestBody | undefined
  /** Set when gRPC rules (`authority`/`full_method`) are looked up too: `rpc://authority/full_method`. */
  readonly rpc?: { readonly url: string } | undefined
  /** Second scheme to look up when nothing matched the first (`wss` is tried as `https`). */
  readonly schemeFallback?: string | undefined
  /** Envoy's context_extensions. */
  readonly context: ReadonlyMap<string, string>
  /** Envoy's filter metadata by namespace. */
  readonly metadata: JsonObject
  /** When it was read, on the clock of `performance.now()`, in milliseconds. */
  readonly began: number
  /** When the answer must be sent, on the same clock. */
  readonly deadline: number
  /** Aborts at the deadline or when the caller disconnects. A getter: made when first read. */
  readonly signal: Signal
}
