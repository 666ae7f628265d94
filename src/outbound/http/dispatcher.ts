import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici'

/** What the variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` said. */
export interface ProxySettings {
  readonly http?: string
  readonly https?: string
  /** Hosts that are reached directly, separated by commas; loopback always is. */
  readonly except?: string
}

const loopback = 'localhost,127.0.0.1,[::1]'

/** Connections are pooled per origin; how long a call may take is not theirs to say. */
export function createDispatcher(connections: number, proxy: ProxySettings = {}): Dispatcher {
  const options = { connections, headersTimeout: 0, bodyTimeout: 0 }
  if (!proxy.http && !proxy.https) return new Agent(options)
  return new EnvHttpProxyAgent({
    ...options,
    // An empty text is "none"; leaving it out would read the process's environment.
    httpProxy: proxy.http ?? '',
    httpsProxy: proxy.https ?? '',
    noProxy: proxy.except ? `${proxy.except},${loopback}` : loopback,
    proxyTunnel: false,
  })
}
