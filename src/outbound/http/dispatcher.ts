import type { SecureContext } from 'node:tls'
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent } from 'undici'
import { createConnectionsEnd } from '../connections-end.ts'

/** Values of the variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
export interface ProxySettings {
  readonly http?: string
  readonly https?: string
  /** Hosts without a proxy, separated by commas; loopback never uses one. */
  readonly except?: string
}

const loopback = 'localhost,127.0.0.1,[::1]'

/** Connections are pooled per origin. Time limits of calls are set by the caller. */
export interface DispatcherOptions {
  /** Maximum of connections to one origin; default: no limit. */
  readonly connections?: number
  readonly proxy?: ProxySettings | undefined
  /** Called for the first TLS connection, or earlier for a proxy. */
  readonly tls?: (() => SecureContext) | undefined
  /** Largest headers of an answer, in bytes. */
  readonly headerBytes?: number
  /** Time limit for a new connection, in milliseconds. */
  readonly connectTimeout?: number
}

export interface Connections {
  readonly dispatcher: Dispatcher
  /** Ends running calls and all connections. */
  readonly destroy: () => Promise<void>
}

export function createDispatcher(settings: DispatcherOptions): Connections {
  const end = createConnectionsEnd()
  const dispatcher = dispatcherOf(settings, end.signal)
  const destroy = async (): Promise<void> => {
    const destroyed = dispatcher.destroy()
    // It waits for connections that are being opened.
    end.destroyAll()
    await destroyed
  }
  return { dispatcher, destroy }
}

function dispatcherOf(settings: DispatcherOptions, signal: AbortSignal): Dispatcher {
  const { connections, proxy = {}, tls } = settings
  const options: Agent.Options = {
    connections: connections ?? null,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    ...(settings.headerBytes && { maxHeaderSize: settings.headerBytes }),
    connect: connectorWith(tls, {
      allowH2: false,
      signal,
      ...(settings.connectTimeout && { timeout: settings.connectTimeout }),
    }),
  }
  if (!proxy.http && !proxy.https) return new Agent(options)
  const secured = { signal, ...(tls && { secureContext: tls() }) }
  return new EnvHttpProxyAgent({
    ...options,
    // An empty text means no proxy; undici would read the environment for a missing one.
    httpProxy: proxy.http ?? '',
    httpsProxy: proxy.https ?? '',
    noProxy: proxy.except ? `${proxy.except},${loopback}` : loopback,
    proxyTunnel: false,
    requestTls: secured,
    proxyTls: secured,
  })
}

/** Creates the TLS context when it is first needed, because many services only use plain connections. */
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
