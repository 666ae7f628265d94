/** HTTP/2 connections to upstreams, and which upstreams do not support HTTP/2. */
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { isIP } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import { guarded } from '../../lib/guarded.ts'
import { createConnectionsEnd } from '../connections-end.ts'
import { connectTimeout, timedOut } from './call.ts'

type Tls = (() => SecureContext) | undefined

export interface Sessions {
  /** A connection with a free stream; undefined: the origin supports only HTTP/1.1. Rejects when it cannot connect. */
  readonly to: (origin: string) => Promise<ClientHttp2Session | undefined>
  readonly close: () => void
}

/** How long an origin counts as one without HTTP/2, in milliseconds. */
const cachedFor = 300_000
/** An idle connection is closed after so many milliseconds. */
const idle = 60_000
const streamsAtMost = 1000
/** Maximum of header lines in an answer; Node's default of 128 is too low for many cookies and policies. */
const maxHeaderListPairs = 1000

interface Origin {
  readonly open: Set<ClientHttp2Session>
  /** The connection that is being opened, shared by all callers. */
  making: Promise<ClientHttp2Session | undefined> | undefined
  oldUntil: number
}

export function createSessions(tls: Tls): Sessions {
  const origins = new Map<string, Origin>()
  const end = createConnectionsEnd()
  const originOf = (name: string): Origin => {
    const known = origins.get(name)
    if (known !== undefined) return known
    const made: Origin = { open: new Set(), making: undefined, oldUntil: 0 }
    origins.set(name, made)
    return made
  }
  const make = async (name: string, origin: Origin): Promise<ClientHttp2Session | undefined> => {
    const deadline = Date.now() + connectTimeout
    const socket = await connect(name, tls, end.signal)
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy()
      origin.oldUntil = Date.now() + cachedFor
      return undefined
    }
    const session = connectHttp2(name, {
      createConnection: () => socket,
      maxHeaderListPairs,
      settings: { enablePush: false },
    })
    const leave = (): void => void origin.open.delete(session)
    session.once('close', leave)
    session.once('goaway', leave)
    // Streams report their own errors; a session error without a listener would end the process.
    session.on('error', leave)
    watch(session, socket)
    await settled(session, deadline - Date.now())
    origin.open.add(session)
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
      end.destroyAll()
    },
  }
}

const counted = new WeakMap<ClientHttp2Session, number>()

export const openStreams = (session: ClientHttp2Session): number => counted.get(session) ?? 0

/** Call it with 1 when a stream begins and with -1 when it has ended. */
export const countStream = (session: ClientHttp2Session, change: 1 | -1): void => {
  counted.set(session, openStreams(session) + change)
}

/** Milliseconds between two looks at a connection. */
const look = 2000
/**
 * Milliseconds between pings while nothing is received. The first follows after one look; more often than every five
 * minutes, gRPC servers end the connection.
 */
const pingAgain = 360_000

/**
 * Closes a connection that is idle, and one with requests that receives nothing and does not answer a ping. Node stops
 * reading after some errors of the upstream and then never learns that the connection was closed.
 */
function watch(session: ClientHttp2Session, socket: TLSSocket): void {
  let received = -1
  let silentSince = Date.now()
  let pingAt = 0
  const timer = setInterval(
    guarded(() => {
      const now = Date.now()
      if (socket.bytesRead !== received) {
        received = socket.bytesRead
        silentSince = now
        pingAt = now + look
      } else if (openStreams(session) > 0) {
        if (now < pingAt) return
        pingAt = now + pingAgain
        // The answer to the ping is not activity.
        checkAlive(session, () => {
          received = socket.bytesRead
        })
      } else if (now - silentSince >= idle) session.close()
    }),
    look,
  ).unref()
  session.once('close', () => clearInterval(timer))
}

const checked = new WeakSet<ClientHttp2Session>()
const answersPing = 5000

/** Call it when a request got no answer: closes the connection if it does not answer a ping either. */
export function checkAlive(
  session: ClientHttp2Session,
  onAlive: () => void = () => undefined,
): void {
  if (session.destroyed || checked.has(session)) return
  checked.add(session)
  const timer = setTimeout(() => session.destroy(tooSlow()), answersPing).unref()
  const isSent = session.ping(() => {
    clearTimeout(timer)
    checked.delete(session)
    onAlive()
  })
  // Otherwise the connection would never be checked again.
  if (!isSent) session.destroy(tooSlow())
}

function hasRoom(session: ClientHttp2Session): boolean {
  const { maxConcurrentStreams = streamsAtMost } = session.remoteSettings
  const most = Math.min(maxConcurrentStreams, streamsAtMost)
  return !session.closed && !session.destroyed && openStreams(session) < most
}

/** Resolves when the upstream's SETTINGS frame was received, which proves that it supports HTTP/2. */
function settled(session: ClientHttp2Session, within: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => session.destroy(tooSlow()), within)
    let problem: Error | undefined
    session.once('remoteSettings', settings => {
      if (settings.maxConcurrentStreams === 0) session.destroy(new Error('no stream is allowed'))
      else resolve()
    })
    session.once('error', error => {
      problem = error
    })
    session.once('close', () => {
      clearTimeout(timer)
      reject(problem ?? new Error('the connection was closed'))
    })
    session.once('remoteSettings', () => clearTimeout(timer))
  })
}

function connect(origin: string, tls: Tls, signal: AbortSignal): Promise<TLSSocket> {
  const { hostname, port } = new URL(origin)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host,
      port: port === '' ? 443 : Number(port),
      ALPNProtocols: ['h2', 'http/1.1'],
      // Not in the types of Node.
      ...({ signal } as object),
      ...(isIP(host) ? {} : { servername: host }),
      ...(tls && { secureContext: tls() }),
    })
    const timer = setTimeout(() => socket.destroy(tooSlow()), connectTimeout)
    // Stays after the connection is open: an error without a listener would end the process.
    socket.on('error', reject)
    socket.once('close', () => {
      clearTimeout(timer)
      reject(new Error('the connection was closed'))
    })
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}

const tooSlow = (): Error => timedOut('no connection in time')
