/**
 * Health and reflection, served by grpc-js inside the process: their calls go through an HTTP/2 session over a pair of
 * streams. grpc-js is loaded after the port has opened, because most callers only send checks.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { type Duplex, duplexPair } from 'node:stream'
import { guarded } from '../../../../lib/guarded.ts'
import type { ServiceServer } from './service-server.ts'

/** Flat `[name, value, …]`; names in lower case. */
export type FlatHeaders = readonly string[]

export interface ServiceRequest {
  readonly path: string
  /** Only headers of gRPC; without pseudo-headers. */
  readonly headers: Readonly<Record<string, string>>
}

/** What a call receives. `closed` is the last. */
export interface ServiceEvents {
  /** `ends`: the answer has only headers. */
  readonly head: (headers: FlatHeaders, ends: boolean) => void
  readonly data: (chunk: Buffer) => void
  readonly trailers: (headers: FlatHeaders) => void
  readonly closed: () => void
}

export interface ServiceCall {
  readonly write: (chunk: Buffer) => void
  readonly end: () => void
  readonly cancel: () => void
  readonly pause: () => void
  readonly resume: () => void
}

export interface Services {
  /** Loads grpc-js; without it, the first call does. Rejects when it cannot be loaded. */
  readonly load: () => Promise<void>
  /** Begins a call, when grpc-js is loaded. Rejects when it cannot be. */
  readonly open: (request: ServiceRequest, events: ServiceEvents) => Promise<ServiceCall>
  readonly setServing: (serving: boolean) => void
  readonly close: () => Promise<void>
}

/** Node's server ends a session whose client resets 1,000 streams at once: a new session takes over before. */
const mostCancelled = 500

/** A session and how many of its calls were cancelled. */
interface Inner {
  readonly session: ClientHttp2Session
  cancelled: number
}

/** Room for all streams of one session: a caller that does not read must not hold up the others. */
const sessionWindow = 64 * 1024 * 1024

export function createServices(): Services {
  let isServing = false
  let loading: Promise<ServiceServer> | undefined
  let inner: Inner | undefined
  const sessions = new Set<ClientHttp2Session>()
  const load = (): Promise<ServiceServer> => {
    loading ??= import('./service-server.ts').then(({ createServiceServer }) => {
      const server = createServiceServer()
      server.setServing(isServing)
      return server
    })
    return loading
  }
  const innerTo = (server: ServiceServer): Inner => {
    if (inner !== undefined && isUsable(inner)) return inner
    // Its open calls end as they would.
    inner?.session.close()
    const session = connectTo(server)
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    inner = { session, cancelled: 0 }
    return inner
  }
  return {
    load: async () => void (await load()),
    open: async (request, events) => begin(innerTo(await load()), request, events),
    setServing: serving => {
      isServing = serving
      void loading?.then(server => server.setServing(serving)).catch(() => undefined)
    },
    close: async () => {
      for (const session of sessions) session.destroy()
      await loading?.then(server => server.close()).catch(() => undefined)
    },
  }
}

const isUsable = ({ session, cancelled }: Inner): boolean =>
  !session.closed && !session.destroyed && cancelled < mostCancelled

function connectTo(server: ServiceServer): ClientHttp2Session {
  const [ours, theirs] = duplexPair() as [Duplex, Duplex]
  server.serve(theirs)
  const session = connect('http://localhost', { createConnection: () => ours })
  // Streams have their own errors.
  session.on('error', () => session.destroy())
  session.once('connect', () => session.setLocalWindowSize(sessionWindow))
  session.unref()
  return session
}

function begin(
  inner: Inner,
  { path, headers }: ServiceRequest,
  events: ServiceEvents,
): ServiceCall {
  const stream = inner.session.request({ ':method': 'POST', ':path': path, ...headers })
  follow(stream, events)
  return {
    write: chunk => void stream.write(chunk),
    end: () => void stream.end(),
    cancel: () => {
      if (!stream.closed) inner.cancelled += 1
      stream.close(constants.NGHTTP2_CANCEL)
      // It may be paused.
      stream.resume()
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
  }
}

function follow(stream: ClientHttp2Stream, events: ServiceEvents): void {
  let trailers: FlatHeaders = []
  /** On a pair of streams, Node emits data before the `response` that came with it. */
  let early: Buffer[] | undefined = []
  const on = (name: string, run: (...args: never[]) => void): void => {
    stream.on(name, guarded(run as (...args: readonly unknown[]) => void))
  }
  on('response', (headers: object, flags: number) => {
    events.head(flatOf(headers), (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0)
    for (const chunk of early ?? []) events.data(chunk)
    early = undefined
  })
  on('data', (chunk: Buffer) => {
    if (early === undefined) events.data(chunk)
    else early.push(chunk)
  })
  on('trailers', (headers: object) => {
    trailers = flatOf(headers)
  })
  on('end', () => events.trailers(trailers))
  on('error', () => undefined)
  on('close', events.closed)
}

const flatOf = (headers: object): FlatHeaders =>
  Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().flatMap(value => [name, String(value)]),
  )
