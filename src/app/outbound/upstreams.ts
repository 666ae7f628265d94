import type { Config } from '../../config/config.ts'
import { proxySettings } from '../../config/environment.ts'
import { createGate } from '../../doors/gate.ts'
import { environment } from '../../lib/environment.ts'
import { createUpstreamConnections } from '../../outbound/upstream/connections.ts'
import type { Upstreams } from '../doors/proxy-door.ts'
import { outboundTls } from './outbound-tls.ts'

/** Connections of the reverse proxy to upstreams; handlers have their own. */
export const createUpstreams = (config: Config): Upstreams => ({
  connections: createUpstreamConnections({
    proxy: proxySettings(environment()),
    tls: outboundTls(config),
  }),
  tunnels: createGate(config.limits.requests.concurrent),
})
