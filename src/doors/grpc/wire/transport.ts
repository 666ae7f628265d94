/** What carries the calls of the port: HTTP/2 of Oarlock (`direct`) or of Node (`library`). */
import type { ListenOptions, Server } from 'node:net'
import type { TlsOptions } from 'node:tls'
import type { RefusalReason } from '../../../http2/protocol.ts'
import type { Route } from './route.ts'

export interface TransportOptions extends Route {
  /** undefined: without TLS. */
  readonly tls: TlsOptions | undefined
  /** Streams that may be open at once on one connection. */
  readonly streams: number
  /** Milliseconds; infinite: never. */
  readonly idleTimeout: number
  readonly maxAge: number
  /** After `maxAge`, open streams have so long. */
  readonly ageGrace: number
  /** A connection that received nothing for so long gets a ping, and ends when it does not answer it in time. */
  readonly keepaliveTime: number
  readonly keepaliveTimeout: number
  /** Time limits are checked this often, in milliseconds. */
  readonly sweepPeriod: number
  readonly onRefused: (reason: RefusalReason) => void
}

export interface Transport {
  readonly server: Server
  /** Rejects when it cannot listen there. */
  readonly listen: (where: ListenOptions) => Promise<void>
  /** Accepts no connection, lets open streams finish within that time (milliseconds), then ends them. */
  readonly close: (graceMilliseconds: number) => Promise<void>
}
