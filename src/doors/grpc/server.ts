/** The gRPC listener: Check, health and reflection on a TCP port or a unix socket. */
import { chmod } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { Server as TlsServer } from 'node:tls'
import { createBounds } from '../../http2/bounds.ts'
import { createListener } from '../../http2/listener.ts'
import type { RefusalReason } from '../../http2/protocol.ts'
import { removeStaleSocket } from '../../lib/stale-socket.ts'
import { type ServerTls, secureContextOf, tlsOptionsOf } from '../server-tls.ts'
import { createCheck, type GrpcDoorOptions } from './door.ts'
import { checkPath } from './service-name.ts'
import { createServices, type Services } from './services/services.ts'
import { createOnRequest } from './wire/direct/requests.ts'
import { createLibraryListener } from './wire/library/listener.ts'
import type { Transport, TransportOptions } from './wire/transport.ts'

/** The address to listen on: host (empty: every address) and port, or the path of a unix socket. */
export type GrpcAddress =
  | { readonly host: string; readonly port: number }
  | { readonly socket: string }

export interface GrpcListenOptions extends GrpcDoorOptions {
  readonly address: GrpcAddress
  /** Mode of the socket file, for example 0o660. */
  readonly socketMode?: number
  /** Default: without TLS. */
  readonly tls?: ServerTls
  /** Who carries HTTP/2: Oarlock (`direct`, the default) or Node (`library`). */
  readonly transport?: 'direct' | 'library'
  /** Other processes listen on the same address: one that loads modules gets fewer connections, so it does that first. */
  readonly sharesPort?: boolean
  /** Called for every connection, stream and call that HTTP/2 refuses. */
  readonly onRefused?: (reason: RefusalReason) => void
  /** Largest message, in bytes. */
  readonly messageBytes: number
  /** Maximum of concurrent calls on one connection, and of calls that wait for their callers on all connections together. */
  readonly concurrentStreams: number
  /** A connection without calls gets a GOAWAY after this time (milliseconds); default: never. */
  readonly idleTimeout?: number
  /** Every connection gets a GOAWAY after this time (milliseconds); default: never, because calls can get lost. */
  readonly maxConnectionAge?: number
}

export interface GrpcListener {
  /** `127.0.0.1:4457`, `unix:/run/oarlock.sock`. */
  readonly address: string
  /** Sets the answer of health checks. NOT_SERVING at first. */
  setServing(serving: boolean): void
  /** Accepts no new calls, lets running calls finish within that time (milliseconds), then ends them. */
  close(graceMilliseconds: number): Promise<void>
}

/** Rejects when the server cannot listen on the address. */
export async function listenGrpc(options: GrpcListenOptions): Promise<GrpcListener> {
  const services = createServices()
  const transport = createTransport(options, services)
  const endRenewal = followRenewals(transport, options.tls)
  if (options.sharesPort) await services.load()
  const address = await bind(transport, options)
  if (!options.sharesPort) setImmediate(() => void services.load().catch(options.onBug))
  const setServing = (serving: boolean): void => services.setServing(serving)
  return {
    address,
    setServing,
    close: async grace => {
      setServing(false)
      endRenewal()
      await transport.close(grace)
    },
  }
}

function createTransport(options: GrpcListenOptions, services: Services): Transport {
  const used = transportOptions(options, services)
  return options.transport === 'library'
    ? createLibraryListener(used)
    : createListener({ ...used, onRequest: createOnRequest(used) })
}

const minute = 60_000
/** All unfinished messages together may hold the bytes of this many largest messages. */
const largestMessages = 32
/** Time limits are checked this often per read timeout, and at least once per `longestSweep` milliseconds. */
const sweepsPerTimeout = 10
const longestSweep = 1000

function transportOptions(options: GrpcListenOptions, services: Services): TransportOptions {
  const { messageBytes, decisionTimeout, concurrentStreams, tls } = options
  return {
    path: checkPath,
    answer: createCheck(options),
    methods: services,
    messageBytes,
    readTimeout: decisionTimeout,
    bounds: createBounds({ bytes: messageBytes * largestMessages, holders: concurrentStreams }),
    streams: concurrentStreams,
    tls: tls && tlsOptionsOf(tls.current()),
    idleTimeout: options.idleTimeout ?? Number.POSITIVE_INFINITY,
    maxAge: options.maxConnectionAge ?? Number.POSITIVE_INFINITY,
    // Longer than a decision takes: only health watches and stuck callers are cut off.
    ageGrace: minute,
    // Detects peers that disappeared without closing the connection.
    keepaliveTime: minute,
    keepaliveTimeout: minute / 3,
    sweepPeriod: Math.min(longestSweep, Math.ceil(decisionTimeout / sweepsPerTimeout)),
    onRefused: options.onRefused ?? (() => undefined),
    onBug: options.onBug,
  }
}

/** New connections get the current certificate. */
function followRenewals({ server }: Transport, tls: ServerTls | undefined): () => void {
  if (tls === undefined) return () => undefined
  return tls.onRenewal(identity =>
    (server as TlsServer).setSecureContext(secureContextOf(identity)),
  )
}

async function bind(transport: Transport, options: GrpcListenOptions): Promise<string> {
  const { address, socketMode } = options
  if ('socket' in address) {
    await removeStaleSocket(address.socket)
    await transport.listen({ path: address.socket })
    if (socketMode !== undefined) await chmod(address.socket, socketMode)
    return `unix:${address.socket}`
  }
  const { host, port } = address
  await transport.listen({ port, ...(host === '' ? {} : { host }) })
  const bound = transport.server.address() as AddressInfo
  return `${hostText(host)}:${bound.port}`
}

function hostText(host: string): string {
  if (host === '') return '[::]'
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
