import type { SecureContext } from 'node:tls'
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent } from 'undici'

/** What the variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` said. */
export interface ProxySettings {
  readonly http?: string
  readonly https?: string
  /** Hosts that are reached directly, separated by commas; loopback always is. */
  readonly except?: string
}

const loopback = 'localhost,127.0.0.1,[::1]'

/** Connections are pooled per origin; how long a call may take is not theirs to say. */
export interface DispatcherOptions {
  /** At once to one origin; without it as many as are needed. */
  readonly connections?: number
  readonly proxy?: ProxySettings | undefined
  /** Made when the first connection over TLS is, unless a proxy needs it before. */
  readonly tls?: (() => SecureContext) | undefined
  /** The most bytes of headers that an answer may have. */
  readonly headerBytes?: number
  /** How long a connection may take to be made, in milliseconds. */
  readonly connectTimeout?: number
}

export function createDispatcher(settings: DispatcherOptions): Dispatcher {
  const { connections, proxy = {}, tls } = settings
  const options: Agent.Options = {
    connections: connections ?? null,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    ...(settings.headerBytes && { maxHeaderSize: settings.headerBytes }),
    connect: connectorWith(tls, {
      allowH2: false,
      ...(settings.connectTimeout && { timeout: settings.connectTimeout }),
    }),
  }
  if (!proxy.http && !proxy.https) return new Agent(options)
  const secured = tls && { secureContext: tls() }
  return new EnvHttpProxyAgent({
    ...options,
    // An empty text is "none"; leaving it out would read the process's environment.
    httpProxy: proxy.http ?? '',
    httpsProxy: proxy.https ?? '',
    noProxy: proxy.except ? `${proxy.except},${loopback}` : loopback,
    proxyTunnel: false,
    ...(secured && { requestTls: secured, proxyTls: secured }),
  })
}

/** Plain connections need no context, and many services have no others. */
function connectorWith(
  tls: (() => SecureContext) | undefined,
  settings: buildConnector.BuildOptions,
): buildConnector.connector {
  const plain = buildConnector(settings)
  let secure: buildConnector.connector | undefined
  return (options, callback) => {
    if (options.protocol !== 'https:' || tls === undefined) return plain(options, callback)
    secure ??= buildConnector({ ...settings, secureContext: tls() } as buildConnector.BuildOptions)
    return secure(options, callback)
  }
}
