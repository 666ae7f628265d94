/** What carries the calls of the port: HTTP/2 of Oarlock (`direct`) or of Node (`library`). */
import type { ListenOptions, Server } from 'node:net'
import type { TlsOptions } from 'node:tls'
import type { Routes } from './route.ts'

export interface TransportOptions extends Routes {
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
}

export interface Transport {
  readonly server: Server
  /** Rejects when it cannot listen there. */
  readonly listen: (where: ListenOptions) => Promise<void>
  /** Accepts no connection, lets open streams finish within that time (milliseconds), then ends them. */
  readonly close: (graceMilliseconds: number) => Promise<void>
}
