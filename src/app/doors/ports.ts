/** Opens and closes all ports. */
import type { Config } from '../../config/config.ts'
import type { GrpcListener } from '../../doors/grpc/server.ts'
import { parseDuration } from '../../lib/duration.ts'
import { type HttpListener, listenHttp } from '../../listeners/http-listener.ts'
import { bugLog } from './bug-log.ts'
import type { DoorOptions, PortFacts } from './door-options.ts'
import type { HotDoors } from './hot-doors.ts'
import { bareHost, httpPort, socketMode } from './listen-options.ts'
import { listening } from './listening.ts'
import type { PortTls } from './port-tls.ts'

export interface Ports {
  readonly api: HttpListener
  readonly proxy: HttpListener | undefined
  readonly grpc: GrpcListener | undefined
  /** Lets running requests finish within that time (milliseconds), then closes. */
  readonly close: (grace: number) => Promise<void>
}

export interface PortsOptions extends Omit<DoorOptions, keyof PortFacts> {
  readonly config: Config
  readonly hot: HotDoors
  readonly tls: PortTls
  /** The gRPC port refused a connection, a stream or a call. */
  readonly onRefused: (reason: string) => void
  /** Other processes listen on the same ports. */
  readonly sharesPorts: boolean
}

/** Opens all ports or none: an open port would keep a failed process alive. */
export async function openPorts(options: PortsOptions): Promise<Ports> {
  const open: Closable[] = []
  const kept = <L extends Closable | undefined>(listener: L): L => {
    if (listener) open.push(listener)
    return listener
  }
  const close = async (grace: number): Promise<void> => {
    for (const tls of Object.values(options.tls)) tls?.close()
    await Promise.all(open.map(listener => listener.close(grace)))
  }
  try {
    const { serve } = options.config
    const api = kept(await listening('serve.api', serve.api, openApi(options)))
    const proxy = kept(await listening('serve.proxy', serve.proxy, openProxy(options)))
    const grpc = kept(await listening('serve.grpc', serve.grpc, openGrpc(options)))
    return { api, proxy, grpc, close }
  } catch (error) {
    await close(0)
    throw error
  }
}

interface Closable {
  close(grace: number): Promise<void>
}

const openApi = ({ config, hot, tls, log }: PortsOptions): Promise<HttpListener> =>
  listenHttp({
    ...httpPort(config, config.serve.api, tls.api),
    // Answers of this port are small, so a slow reader is disconnected soon. Answers of upstreams may be long.
    silenceTimeout: parseDuration(config.serve.api.timeout.write),
    onRequest: hot.api,
    onBug: bugLog(log),
  })

async function openProxy({
  config,
  hot,
  tls,
  log,
}: PortsOptions): Promise<HttpListener | undefined> {
  const { proxy } = config.serve
  if (!proxy.enabled) return undefined
  const { request: onRequest, upgrade: onUpgrade } = hot.proxy
  const onBug = bugLog(log)
  return listenHttp({ ...httpPort(config, proxy, tls.proxy), onRequest, onUpgrade, onBug })
}

/** Twice the number of concurrent checks, so that further checks get a denial and health watches have room. */
const streamsPerCheck = 2

async function openGrpc(options: PortsOptions): Promise<GrpcListener | undefined> {
  const { config, log, decide, gate, onDoorDenial, hot, tls } = options
  const { grpc } = config.serve
  const { limits } = config
  if (!grpc.enabled) return undefined
  const { listenGrpc } = await import('../../doors/grpc/server.ts')
  return listenGrpc({
    ...(tls.grpc && { tls: tls.grpc }),
    transport: grpc.transport,
    sharesPort: options.sharesPorts,
    onRefused: options.onRefused,
    decide,
    gate,
    trust: hot.grpcTrust,
    paths: hot.grpcPaths,
    limits: {
      pathBytes: limits.path.bytes,
      headerBytes: limits.headers.bytes,
      bodyBytes: limits.body.bytes,
    },
    decisionTimeout: parseDuration(limits.decision.timeout),
    messageBytes: grpc.max_message_bytes,
    concurrentStreams: limits.requests.concurrent * streamsPerCheck,
    idleTimeout: parseDuration(limits.connection.idle),
    onDoorDenial: failure => onDoorDenial('grpc', failure),
    onBug: bugLog(log),
    address: grpc.socket ? { socket: grpc.socket } : { host: bareHost(grpc.host), port: grpc.port },
    ...socketMode(grpc),
    ...connectionAge(parseDuration(grpc.max_connection_age)),
  })
}

const connectionAge = (milliseconds: number) =>
  milliseconds === 0 ? {} : { maxConnectionAge: milliseconds }
