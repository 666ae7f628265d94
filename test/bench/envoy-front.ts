/** The real Envoy in front of a fixed answer, with one of several checks. */

import { extension, overGrpc } from '../envoy/edges.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { type Envoy, startEnvoy } from '../support/envoy.ts'
import { freePort, loopback } from '../support/ports.ts'

/** The part of Envoy's configuration that decides requests. */
export interface Check {
  readonly filters: readonly object[]
  readonly clusters: readonly object[]
}

export interface Front extends Envoy {
  readonly port: number
}

export async function startFront(t: Cleanup, { filters, clusters }: Check): Promise<Front> {
  const port = await freePort()
  const manager = {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': extension('filters.network.http_connection_manager.v3.HttpConnectionManager'),
      stat_prefix: 'bench',
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes: [fixedAnswer] }] },
      http_filters: [...filters, router],
    },
  }
  const address = { socket_address: { address: loopback, port_value: port } }
  const listener = { name: 'bench', address, filter_chains: [{ filters: [manager] }] }
  const envoy = await startEnvoy(t, { static_resources: { listeners: [listener], clusters } })
  return { ...envoy, port }
}

/** An upstream would cost more than some of the checks. */
const fixedAnswer = {
  match: { prefix: '/' },
  direct_response: { status: 200, body: { inline_string: 'from the upstream' } },
}

const router = {
  name: 'envoy.filters.http.router',
  typed_config: { '@type': extension('filters.http.router.v3.Router') },
}

export const noCheck: Check = { filters: [], clusters: [] }

/** A port, or the path of a unix socket. */
export const overExtAuthz = (place: number | string): Check => ({
  filters: [{ name: 'envoy.filters.http.ext_authz', typed_config: overGrpc({}, 'check') }],
  clusters: [
    {
      name: 'check',
      type: 'STATIC',
      connect_timeout: '1s',
      typed_extension_protocol_options: http2,
      load_assignment: {
        cluster_name: 'check',
        endpoints: [{ lb_endpoints: [{ endpoint: { address: addressOf(place) } }] }],
      },
    },
  ],
})

const addressOf = (place: number | string): object =>
  typeof place === 'string'
    ? { pipe: { path: place } }
    : { socket_address: { address: loopback, port_value: place } }

const http2 = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': extension('upstreams.http.v3.HttpProtocolOptions'),
    explicit_http_config: { http2_protocol_options: {} },
  },
}

const provider = 'bench'
const metadata = 'payload'
const jwtFilter = 'envoy.filters.http.jwt_authn'

/** Envoy's own filters: the token of the issuer, seen before or not, and the subject alice. */
export const ownFilters = (issuer: string, jwks: string): Check => ({
  filters: [
    {
      name: jwtFilter,
      typed_config: {
        '@type': extension('filters.http.jwt_authn.v3.JwtAuthentication'),
        providers: {
          [provider]: {
            issuer,
            local_jwks: { inline_string: jwks },
            payload_in_metadata: metadata,
            jwt_cache_config: { jwt_cache_size: 1000 },
          },
        },
        rules: [{ match: { prefix: '/' }, requires: { provider_name: provider } }],
      },
    },
    {
      name: 'envoy.filters.http.rbac',
      typed_config: {
        '@type': extension('filters.http.rbac.v3.RBAC'),
        rules: { action: 'ALLOW', policies: { alice } },
      },
    },
  ],
  clusters: [],
})

const alice = {
  permissions: [{ any: true }],
  principals: [
    {
      sourced_metadata: {
        metadata_matcher: {
          filter: jwtFilter,
          path: [{ key: metadata }, { key: 'sub' }],
          value: { string_match: { exact: 'alice' } },
        },
      },
    },
  ],
}
