import type { ListenOptions } from 'node:net'
import type { Config } from '../../config/config.ts'
import type { ServerTls } from '../../doors/server-tls.ts'
import { parseDuration } from '../../lib/duration.ts'
import type { HttpListenerOptions } from '../../listeners/http-listener.ts'

type HttpSection = Config['serve']['api'] | Config['serve']['proxy']

/** A unix socket where one is named; else host and port, an empty host meaning every interface. */
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

/** The configuration writes IPv6 in brackets. */
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

/** The configuration writes the mode of a socket's file in octal digits. */
export const socketMode = ({ socket_mode: mode }: { readonly socket_mode: string }) =>
  mode === '' ? {} : { socketMode: Number.parseInt(mode, 8) }
