import type { Config } from '../config/config.ts'
import { proxySettings } from '../config/environment.ts'
import { environment } from '../lib/environment.ts'
import { createDispatcher } from '../outbound/http.ts'
import { outboundTls } from './outbound-tls.ts'
import type { Upstreams } from './proxy-door.ts'

/** As large as an upstream's answer headers may be: cookies and policies of real services stay far below. */
const answerHeaderBytes = 256 * 1024
const connectTimeout = 10_000

export interface OwnedUpstreams extends Upstreams {
  readonly close: () => Promise<void>
}

/** The reverse proxy's own connections, apart from those of handlers. */
export function createUpstreams(config: Config): OwnedUpstreams {
  const tls = outboundTls(config)
  const dispatcher = createDispatcher({
    proxy: proxySettings(environment()),
    tls,
    http2: true,
    headerBytes: answerHeaderBytes,
    connectTimeout,
  })
  return { dispatcher, tls, close: () => dispatcher.destroy() }
}
