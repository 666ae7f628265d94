/** Envoy listeners for tests, each with its own ext_authz settings, all in one process. */
import type { Child } from '../support/child.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { startEnvoy } from '../support/envoy.ts'
import { freePort, loopback } from '../support/ports.ts'

export interface Edge {
  readonly authz: object
  /** Settings of the connection manager. */
  readonly connection?: object
  /** HTTP filters before the check. */
  readonly filters?: readonly object[]
  /** Default: all requests go to the upstream. */
  readonly routes?: readonly object[]
  readonly virtualHost?: object
  /** The listener's own TLS. */
  readonly transport?: object
}

/** A port, or the path of a unix socket. */
export type Place = number | string

export interface OtherCluster {
  readonly place: Place
  readonly settings?: object
  /** Opens a new connection after this number of checks. */
  readonly renewAfter?: number
}

export interface Layout {
  readonly edges: Readonly<Record<string, Edge>>
  /** Network filters of plain TCP listeners, each in front of a proxy to the upstream. */
  readonly tcp?: Readonly<Record<string, object>>
  readonly grpc: Place
  readonly http: Place
  readonly upstream: number
  /** More gRPC clusters by name. */
  readonly others?: Readonly<Record<string, OtherCluster>>
}

export interface Edges extends Child {
  readonly port: (name: string) => number
  /** Fields of all lines of the access log. */
  readonly accessLog: () => readonly Readonly<Record<string, unknown>>[]
}

const types = 'type.googleapis.com/envoy'
export const extension = (path: string) => `${types}.extensions.${path}`
const filterName = 'envoy.filters.http.ext_authz'

/** ext_authz over gRPC. */
export const overGrpc = (settings: object = {}, cluster = 'grpc') => ({
  '@type': extension('filters.http.ext_authz.v3.ExtAuthz'),
  transport_api_version: 'V3',
  grpc_service: { envoy_grpc: { cluster_name: cluster }, timeout: '5s' },
  ...settings,
})

const names = (...list: string[]) => ({
  patterns: list.map(exact => ({ exact, ignore_case: true })),
})

export interface HttpSettings {
  readonly settings?: object
  readonly service?: object
  readonly response?: object
}

/** ext_authz over HTTP on the decision API. */
export const overHttp = ({ settings, service, response }: HttpSettings = {}) => ({
  '@type': extension('filters.http.ext_authz.v3.ExtAuthz'),
  allowed_headers: {
    patterns: [...names('cookie', 'accept', 'content-type').patterns, { prefix: 'x-' }],
  },
  http_service: {
    server_uri: { uri: 'http://oarlock', cluster: 'http', timeout: '5s' },
    path_prefix: '/decisions',
    authorization_response: {
      allowed_upstream_headers: names('x-user', 'x-role', 'authorization', 'cookie'),
      allowed_client_headers_on_success: names('set-cookie'),
      allowed_client_headers: names('content-type', 'location', 'set-cookie', 'www-authenticate'),
      ...response,
    },
    ...service,
  },
  ...settings,
})

export const perRoute = (settings: object) => ({
  typed_per_filter_config: {
    [filterName]: {
      '@type': extension('filters.http.ext_authz.v3.ExtAuthzPerRoute'),
      ...settings,
    },
  },
})

export const toUpstream = (prefix: string, settings: object = {}) => ({
  match: { prefix },
  route: { cluster: 'upstream' },
  ...settings,
})

/** Recommended settings: dot segments and double slashes are normalised before the check. */
export const normalising = { normalize_path: true, merge_slashes: true }

export async function startEdges(t: Cleanup, layout: Layout): Promise<Edges> {
  const all = { ...layout.edges, ...layout.tcp }
  const ports = new Map<string, number>()
  for (const name of Object.keys(all)) ports.set(name, await freePort())
  const port = (name: string): number => {
    const found = ports.get(name)
    if (found === undefined) throw new Error(`no listener ${name}`)
    return found
  }
  const envoy = await startEnvoy(t, bootstrap(layout, port))
  return { ...envoy, port, accessLog: () => readAccessLog(envoy.log()) }
}

function bootstrap(layout: Layout, port: (name: string) => number): object {
  const http = Object.entries(layout.edges).map(([name, edge]) =>
    listener(name, port(name), {
      filters: [connectionManager(name, edge)],
      ...(edge.transport === undefined ? {} : { transport_socket: edge.transport }),
    }),
  )
  const tcp = Object.entries(layout.tcp ?? {}).map(([name, filter]) =>
    listener(name, port(name), { filters: [filter, tcpProxy] }),
  )
  return {
    static_resources: {
      listeners: [...http, ...tcp],
      clusters: [
        cluster('grpc', layout.grpc, http2()),
        cluster('http', layout.http),
        cluster('upstream', layout.upstream),
        ...Object.entries(layout.others ?? {}).map(([name, { place, settings, renewAfter }]) =>
          cluster(name, place, { ...http2(renewAfter), ...settings }),
        ),
      ],
    },
  }
}

const listener = (name: string, port: number, chain: object) => ({
  name,
  address: { socket_address: { address: loopback, port_value: port } },
  filter_chains: [chain],
})

const connectionManager = (name: string, edge: Edge) => ({
  name: 'envoy.filters.network.http_connection_manager',
  typed_config: {
    '@type': extension('filters.network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: name,
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    access_log: [accessLog(name)],
    route_config: { virtual_hosts: [virtualHost(edge)] },
    http_filters: [
      ...(edge.filters ?? []),
      { name: filterName, typed_config: edge.authz },
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': extension('filters.http.router.v3.Router') },
      },
    ],
    ...edge.connection,
  },
})

const virtualHost = ({ routes = [toUpstream('/')], virtualHost: settings }: Edge) => ({
  name: 'all',
  domains: ['*'],
  routes,
  ...settings,
})

const marker = 'oarlock-test-access'

const accessLog = (name: string) => ({
  name: 'envoy.access_loggers.stdout',
  typed_config: {
    '@type': extension('access_loggers.stream.v3.StdoutAccessLog'),
    log_format: {
      json_format: {
        marker,
        edge: name,
        path: '%REQ(:PATH)%',
        code: '%RESPONSE_CODE%',
        flags: '%RESPONSE_FLAGS%',
        details: '%RESPONSE_CODE_DETAILS%',
        metadata: `%DYNAMIC_METADATA(${filterName})%`,
      },
    },
  },
})

const readAccessLog = (log: string): readonly Readonly<Record<string, unknown>>[] =>
  log
    .split('\n')
    .filter(line => line.includes(marker) && line.endsWith('}'))
    .map(line => JSON.parse(line.slice(line.indexOf('{'))))

const tcpProxy = {
  name: 'envoy.filters.network.tcp_proxy',
  typed_config: {
    '@type': extension('filters.network.tcp_proxy.v3.TcpProxy'),
    stat_prefix: 'tcp',
    cluster: 'upstream',
  },
}

const http2 = (renewAfter?: number) => ({
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': extension('upstreams.http.v3.HttpProtocolOptions'),
      explicit_http_config: { http2_protocol_options: {} },
      ...(renewAfter === undefined
        ? {}
        : { common_http_protocol_options: { max_requests_per_connection: renewAfter } }),
    },
  },
})

const cluster = (name: string, place: Place, protocol: object = {}) => ({
  name,
  type: 'STATIC',
  connect_timeout: '1s',
  ...protocol,
  load_assignment: {
    cluster_name: name,
    endpoints: [{ lb_endpoints: [{ endpoint: { address: addressOf(place) } }] }],
  },
})

const addressOf = (place: Place): object =>
  typeof place === 'string'
    ? { pipe: { path: place } }
    : { socket_address: { address: loopback, port_value: place } }
