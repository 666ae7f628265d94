import type { Config } from '../../config/config.ts'
import { proxySettings } from '../../config/environment.ts'
import { createGate } from '../../doors/gate.ts'
import { environment } from '../../lib/environment.ts'
import { createUpstreamConnections } from '../../outbound/upstream/connections.ts'
import type { Upstreams } from '../doors/proxy-door.ts'
import { outboundTls } from './outbound-tls.ts'

/** Connections of the reverse proxy to upstreams; handlers have their own. */
export async function createUpstreams(config: Config): Promise<Upstreams> {
  const proxy = proxySettings(environment())
  return {
    connections: createUpstreamConnections({
      proxy,
      tls: outboundTls(config),
      createTunnelPool: proxy.https === undefined ? undefined : await loadTunnels(),
    }),
    tunnels: createGate(config.limits.requests.concurrent),
  }
}

const loadTunnels = async () =>
  (await import('../../outbound/upstream/tunnel-pool.ts')).createTunnelPool
