import type { Config } from '../config/config.ts'
import { proxySettings } from '../config/environment.ts'
import { environment } from '../lib/environment.ts'
import { createUpstreamConnections } from '../outbound/upstreams.ts'
import { outboundTls } from './outbound-tls.ts'
import type { Upstreams } from './proxy-door.ts'

/** As large as an upstream's answer headers may be: cookies and policies of real services stay far below. */
const answerHeaderBytes = 256 * 1024

/** The reverse proxy's own connections, apart from those of handlers. */
export function createUpstreams(config: Config): Upstreams {
  const tls = outboundTls(config)
  const connections = createUpstreamConnections({
    proxy: proxySettings(environment()),
    tls,
    headerBytes: answerHeaderBytes,
  })
  return { connections, tls }
}
