import type { ListenOptions } from 'node:net'
import type { Config } from '../../config/config.ts'
import type { ServerTls } from '../../doors/server-tls.ts'
import { parseDuration } from '../../lib/duration.ts'
import type { HttpListenerOptions } from '../../listeners/http-listener.ts'

type HttpSection = Config['serve']['api'] | Config['serve']['proxy']

/** The unix socket if one is configured; otherwise host and port. An empty host means every interface. */
export function listenOptions(listener: Listener): ListenOptions {
  if (listener.socket) return { path: listener.socket }
  const host = bareHost(listener.host)
  return { port: listener.port, ...(host === '' ? {} : { host }) }
}

interface Listener {
  readonly host: string
  readonly port: number
  readonly socket?: string | undefined
}

/** IPv6 addresses have brackets in the configuration. */
export const bareHost = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

/** Address and limits of an HTTP port. */
export const httpPort = (
  { limits }: Config,
  section: HttpSection,
  tls: ServerTls | undefined,
): Omit<HttpListenerOptions, 'onRequest' | 'onBug'> => ({
  ...(tls && { tls }),
  ...socketMode(section),
  listen: listenOptions(section),
  readTimeout: parseDuration(section.timeout.read),
  writeTimeout: parseDuration(section.timeout.write),
  idleTimeout: Math.min(parseDuration(section.timeout.idle), parseDuration(limits.connection.idle)),
  headerBytes: limits.headers.bytes,
})

/** The mode of a socket's file is configured in octal digits. */
export const socketMode = ({ socket_mode: mode }: { readonly socket_mode: string }) =>
  mode === '' ? {} : { socketMode: Number.parseInt(mode, 8) }
