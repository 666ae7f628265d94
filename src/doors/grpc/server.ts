/** The gRPC listener: Check, health and reflection on a TCP port or a unix socket. */
import { chmod } from 'node:fs/promises'
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
} from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import { removeStaleSocket } from '../../lib/stale-socket.ts'
import { createCheck, type GrpcDoorOptions } from './door.ts'
import { addReflection } from './reflection.ts'
import { type Answerer, libraryCall } from './wire/call.ts'

export { tlsCredentials } from './wire/credentials.ts'

import { libraryMessageBytes } from './wire/library-streams.ts'
import { trackSockets } from './wire/sockets.ts'
import { offersStreams, takeStreams } from './wire/streams.ts'

/** The address to listen on: host (empty: every address) and port, or the path of a unix socket. */
export type GrpcAddress =
  | { readonly host: string; readonly port: number }
  | { readonly socket: string }

export interface GrpcListenOptions extends GrpcDoorOptions {
  readonly address: GrpcAddress
  /** Mode of the socket file, for example 0o660. */
  readonly socketMode?: number
  /** Default: without TLS. */
  readonly credentials?: ServerCredentials
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

const authorization = 'envoy.service.auth.v3.Authorization'
const path = `/${authorization}/Check`
const unchanged = (message: Buffer): Buffer => message

/** Messages stay bytes here: one that cannot be decoded must be a deny, not a gRPC error. */
const service: ServiceDefinition = {
  Check: {
    path,
    requestStream: false,
    responseStream: false,
    requestDeserialize: unchanged,
    requestSerialize: unchanged,
    responseDeserialize: unchanged,
    responseSerialize: unchanged,
  },
}

/** Rejects when the server cannot listen on the address. */
export async function listenGrpc(options: GrpcListenOptions): Promise<GrpcListener> {
  const server = new Server(channelOptions(options))
  addCheck(server, createCheck(options), options)
  const health = new HealthImplementation({ '': 'NOT_SERVING', [authorization]: 'NOT_SERVING' })
  health.addToServer(server)
  addReflection(server)
  const address = await bind(server, options)
  const endAll = trackSockets(server, options.credentials !== undefined)
  const setServing = (serving: boolean): void => {
    for (const name of ['', authorization]) {
      health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING')
    }
  }
  return {
    address,
    setServing,
    close: grace => {
      setServing(false)
      return shutDown(server, address, { grace, endAll })
    },
  }
}

function addCheck(server: Server, answer: Answerer, options: GrpcListenOptions): void {
  const { messageBytes, decisionTimeout: readTimeout, concurrentStreams: streams } = options
  takeStreams(server, { path, answer, messageBytes, readTimeout, streams })
  const handler: handleUnaryCall<Buffer, Buffer> = (call, callback) =>
    answer(libraryCall(call), bytes => callback(null, bytes))
  server.addService(service, { Check: handler })
}

const minute = 60_000

const channelOptions = ({
  messageBytes,
  concurrentStreams,
  maxConnectionAge,
  idleTimeout,
}: GrpcListenOptions): object => ({
  'grpc.enable_channelz': 0,
  'grpc.max_receive_message_length': offersStreams ? libraryMessageBytes : messageBytes,
  'grpc.max_concurrent_streams': concurrentStreams,
  // Detects peers that disappeared without closing the connection.
  'grpc.keepalive_time_ms': minute,
  ...(maxConnectionAge === undefined
    ? {}
    : {
        'grpc.max_connection_age_ms': maxConnectionAge,
        // Longer than a decision takes: only health watches and stuck callers are cut off.
        'grpc.max_connection_age_grace_ms': minute,
      }),
  ...(idleTimeout === undefined ? {} : { 'grpc.max_connection_idle_ms': idleTimeout }),
})

async function bind(server: Server, options: GrpcListenOptions): Promise<string> {
  const { address, credentials, socketMode } = options
  const used = credentials ?? ServerCredentials.createInsecure()
  if ('socket' in address) {
    await removeStaleSocket(address.socket)
    await bindTo(server, `unix:${address.socket}`, used)
    if (socketMode !== undefined) await chmod(address.socket, socketMode)
    return `unix:${address.socket}`
  }
  const host = hostText(address.host)
  return `${host}:${await bindTo(server, `${host}:${address.port}`, used)}`
}

function hostText(host: string): string {
  if (host === '') return '[::]'
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}

const bindTo = (server: Server, target: string, credentials: ServerCredentials): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, port) =>
      error === null ? resolve(port) : reject(error),
    )
  })

/**
 * `drain` ends the connections that are still open after the grace. `forceShutdown` does not, because without
 * channelz it knows no connections. `drain` must be called first: it skips connections that are already closing.
 */
function shutDown(server: Server, address: string, { grace, endAll }: Ending): Promise<void> {
  server.drain(address, grace)
  const last = setTimeout(endAll, grace + afterGrace)
  return new Promise(resolve => {
    server.tryShutdown(() => {
      clearTimeout(last)
      resolve()
    })
  })
}

interface Ending {
  /** Milliseconds. */
  readonly grace: number
  readonly endAll: () => void
}

/** Milliseconds that Node gets to close sessions; one with refused streams may wait for its peer forever. */
const afterGrace = 500
