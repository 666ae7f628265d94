/** Connections to upstreams: HTTP/1.1, or HTTP/2 if the upstream supports it over TLS. */
import type { Agent } from 'node:http'
import type { ProxySettings } from '../http/dispatcher.ts'
import type { OpenUpstream, UpstreamEvents, UpstreamRequest } from './call.ts'
import { createFindProxy } from './environment-proxy.ts'
import { openHttp1, type Place } from './http1.ts'
import { openHttp2 } from './http2.ts'
import { createPlainPool, createSecurePool, type Tls } from './pool.ts'
import { createSessions, type Sessions } from './sessions.ts'

type CreateTunnelPool = (proxy: URL, tls: Tls) => Agent

export interface UpstreamOptions {
  readonly proxy?: ProxySettings | undefined
  /** Needed with `proxy.https`; it is a parameter because the library for it is loaded only then. */
  readonly createTunnelPool?: CreateTunnelPool | undefined
  /** Called for the first TLS connection; default: Node's CAs. */
  readonly tls?: Tls
  /** Largest headers of an answer, in bytes; default 256 KiB. */
  readonly headerBytes?: number
}

export interface UpstreamConnections {
  readonly open: OpenUpstream
  readonly close: () => void
}

/** How to connect to an origin. */
interface Route {
  readonly place: Place
  /** True: HTTP/2 is possible (TLS without a proxy). */
  readonly negotiates: boolean
}

export function createUpstreamConnections(options: UpstreamOptions): UpstreamConnections {
  const pools = createPools(options)
  const findProxy = createFindProxy(options.proxy ?? {})
  const sessions = createSessions(options.tls)
  /** Origins of all rules that were ever loaded. */
  const routes = new Map<string, Route>()
  const routeTo = (origin: string): Route => {
    const known = routes.get(origin)
    if (known !== undefined) return known
    const url = new URL(origin)
    const { headerBytes = 256 * 1024 } = options
    const made = routeOf(url, { proxy: findProxy(url), pools, headerBytes })
    routes.set(origin, made)
    return made
  }
  return {
    open: (request, events) => {
      const { place, negotiates } = routeTo(request.origin)
      // HTTP/2 has no upgrades.
      if (!negotiates || request.upgrade !== undefined) openHttp1(place, request, events)
      else void negotiate({ sessions, place }, request, events)
    },
    close: () => {
      sessions.close()
      pools.close()
    },
  }
}

interface Choice {
  readonly sessions: Sessions
  readonly place: Place
}

async function negotiate(
  { sessions, place }: Choice,
  request: UpstreamRequest,
  events: UpstreamEvents,
): Promise<void> {
  const session = await sessions.to(request.origin).catch((error: Error) => error)
  if (session instanceof Error) events.failed(session)
  else if (session === undefined) openHttp1(place, request, events)
  else openHttp2(session, request, events)
}

interface Pools {
  readonly plain: () => Agent
  readonly secure: () => Agent
  readonly tunnel: (proxy: URL) => Agent
  readonly close: () => void
}

/** Each pool is created when it is first needed. */
function createPools({ tls, createTunnelPool = noTunnels }: UpstreamOptions): Pools {
  const made = new Map<string, Agent>()
  const once = (name: string, make: () => Agent): Agent => {
    const known = made.get(name) ?? make()
    made.set(name, known)
    return known
  }
  return {
    plain: () => once('plain', createPlainPool),
    secure: () => once('secure', () => createSecurePool(tls)),
    tunnel: proxy => once(proxy.href, () => createTunnelPool(proxy, tls)),
    close: () => {
      for (const agent of made.values()) agent.destroy()
    },
  }
}

const noTunnels: CreateTunnelPool = () => {
  throw new Error('no tunnels through a proxy')
}

interface Routing {
  readonly proxy: URL | undefined
  readonly pools: Pools
  readonly headerBytes: number
}

function routeOf(origin: URL, { proxy, pools, headerBytes }: Routing): Route {
  const secure = origin.protocol === 'https:'
  if (proxy !== undefined && !secure) {
    return { place: throughProxy(origin, proxy, { pools, headerBytes }), negotiates: false }
  }
  const agent = proxy ? pools.tunnel(proxy) : secure ? pools.secure() : pools.plain()
  const place: Place = { secure, agent, ...addressOf(origin), before: '', headers: [], headerBytes }
  return { place, negotiates: secure && proxy === undefined }
}

/** Without TLS, a proxy gets the whole URL in the request line. */
const throughProxy = (
  origin: URL,
  proxy: URL,
  { pools, headerBytes }: Omit<Routing, 'proxy'>,
): Place => ({
  secure: proxy.protocol === 'https:',
  agent: proxy.protocol === 'https:' ? pools.secure() : pools.plain(),
  ...addressOf(proxy),
  before: origin.origin,
  headers: credentialsFor(proxy),
  headerBytes,
})

const addressOf = ({ hostname, port, protocol }: URL) => ({
  hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
  port: port === '' ? defaultPort(protocol) : Number(port),
})

const defaultPort = (protocol: string): number => (protocol === 'https:' ? 443 : 80)

function credentialsFor({ username, password }: URL): readonly string[] {
  if (username === '' && password === '') return []
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return ['Proxy-Authorization', `Basic ${Buffer.from(pair).toString('base64')}`]
}
