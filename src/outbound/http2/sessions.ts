/** Connections of HTTP/2 to services that offer it, and which services those are. */
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { isIP } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'

export interface SessionOptions {
  readonly tls: (() => SecureContext) | undefined
  /** Milliseconds. */
  readonly connectTimeout: number
}

export interface Sessions {
  /** A connection with room for a stream; undefined: the origin speaks HTTP/1.1. Rejects when there is no connection. */
  readonly to: (origin: string) => Promise<ClientHttp2Session | undefined>
  readonly close: () => void
}

/** How long an origin is taken for one without HTTP/2, in milliseconds. */
const remembered = 300_000
/** An idle connection is given up after so many milliseconds. */
const idle = 60_000
const streamsAtMost = 1000

interface Origin {
  readonly open: Set<ClientHttp2Session>
  /** One is being made, for all who wait. */
  making: Promise<ClientHttp2Session | undefined> | undefined
  oldUntil: number
}

export function createSessions(options: SessionOptions): Sessions {
  const origins = new Map<string, Origin>()
  const originOf = (name: string): Origin => {
    const known = origins.get(name)
    if (known !== undefined) return known
    const made: Origin = { open: new Set(), making: undefined, oldUntil: 0 }
    origins.set(name, made)
    return made
  }
  const make = async (name: string, origin: Origin): Promise<ClientHttp2Session | undefined> => {
    const socket = await connect(name, options)
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy()
      origin.oldUntil = Date.now() + remembered
      return undefined
    }
    const session = connectHttp2(name, { createConnection: () => socket })
    origin.open.add(session)
    const leave = (): void => void origin.open.delete(session)
    session.once('close', leave)
    session.once('goaway', leave)
    // Streams are told themselves.
    session.on('error', leave)
    session.setTimeout(idle, () => {
      if (openStreams(session) === 0) session.close()
    })
    await new Promise<void>((resolve, reject) => {
      session.once('remoteSettings', () => resolve())
      session.once('close', () => reject(new Error('the connection was closed')))
    })
    return session
  }
  return {
    to: async name => {
      const origin = originOf(name)
      if (origin.oldUntil > Date.now()) return undefined
      const free = [...origin.open].find(hasRoom)
      if (free !== undefined) return free
      origin.making ??= make(name, origin).finally(() => {
        origin.making = undefined
      })
      return origin.making
    },
    close: () => {
      for (const { open } of origins.values()) for (const session of open) session.destroy()
    },
  }
}

const counted = new WeakMap<ClientHttp2Session, number>()

export const openStreams = (session: ClientHttp2Session): number => counted.get(session) ?? 0

/** To be called with 1 when a stream begins and with -1 when it has ended. */
export const countStream = (session: ClientHttp2Session, change: 1 | -1): void => {
  counted.set(session, openStreams(session) + change)
}

function hasRoom(session: ClientHttp2Session): boolean {
  const { maxConcurrentStreams = streamsAtMost } = session.remoteSettings
  const most = Math.min(maxConcurrentStreams, streamsAtMost)
  return !session.closed && !session.destroyed && openStreams(session) < most
}

function connect(origin: string, { tls, connectTimeout }: SessionOptions): Promise<TLSSocket> {
  const { hostname, port } = new URL(origin)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host,
      port: port === '' ? 443 : Number(port),
      ALPNProtocols: ['h2', 'http/1.1'],
      ...(isIP(host) ? {} : { servername: host }),
      ...(tls && { secureContext: tls() }),
    })
    const timer = setTimeout(() => socket.destroy(tooSlow()), connectTimeout)
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      socket.removeListener('error', reject)
      resolve(socket)
    })
    socket.once('error', error => {
      clearTimeout(timer)
      reject(error)
    })
  })
}

const tooSlow = (): Error =>
  Object.assign(new Error('no connection in time'), { code: 'UND_ERR_CONNECT_TIMEOUT' })
