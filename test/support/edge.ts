/** The built program as a reverse proxy, between clients and upstreams that violate the protocol. */
import { writeFileSync } from 'node:fs'
import { createSecureServer, type Http2SecureServer } from 'node:http2'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { flag, frame, preface, settings, type } from '../faults/http2-frames.ts'
import { createAuthority } from './certificates.ts'
import type { Cleanup } from './cleanup.ts'
import { temporaryFolder } from './folder.ts'
import { listen } from './listen.ts'
import { type Oarlock, startOarlock } from './oarlock.ts'

const authority = createAuthority()
/** Upstreams with it are trusted. */
export const identity = authority.issue('edge')

/** Writes an answer, or does anything else, once the head of a request has arrived. */
export type Misbehave = (socket: Socket, request: { readonly target: string }) => void

/** An HTTP/1.1 server with a given behaviour; returns its port. */
export const startOddUpstream = (t: Cleanup, misbehave: Misbehave): Promise<number> => {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    let received = ''
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.on('data', part => {
      received += part.toString('latin1')
      if (!received.includes('\r\n\r\n')) return
      const target = received.split(' ', 2)[1] ?? ''
      received = ''
      misbehave(socket, { target })
    })
  })
  t.after(() => sockets.forEach(socket => void socket.destroy()))
  return listen(t, server)
}

/** A server of HTTP/2 over TLS only; returns its port. */
export const startOddHttp2Upstream = async (
  t: Cleanup,
  behave: (server: Http2SecureServer) => void,
): Promise<number> => {
  const server = createSecureServer(identity)
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('sessionError', () => undefined)
  behave(server)
  t.after(() => sockets.forEach(socket => void socket.destroy()))
  return listen(t, server)
}

/** The same, frame by frame: `answer` gives the bytes for each stream that a client opens, `announced` are its settings. */
export const startFramedUpstream = (
  t: Cleanup,
  answer: (stream: number) => readonly Buffer[],
  announced: readonly Buffer[] = [],
): Promise<number> => {
  const sockets = new Set<Socket>()
  t.after(() => sockets.forEach(socket => void socket.destroy()))
  const server = createTlsServer({ ...identity, ALPNProtocols: ['h2'] }, socket => {
    sockets.add(socket)
    let received: Buffer = Buffer.alloc(0)
    let skipped = preface.length
    socket.on('error', () => socket.destroy())
    socket.write(settings(...announced))
    socket.on('data', part => {
      const fresh = part.subarray(skipped)
      skipped -= part.length - fresh.length
      const { heads, rest } = takeFrames(Buffer.concat([received, fresh]))
      received = rest
      for (const head of heads) socket.write(Buffer.concat(replyTo(head, answer)))
    })
  })
  return listen(t, server)
}

interface FrameHead {
  readonly kind: number
  readonly flags: number
  readonly stream: number
}

const acknowledgement = frame({ type: type.settings, flags: flag.ack })

function replyTo(
  { kind, flags, stream }: FrameHead,
  answer: (stream: number) => readonly Buffer[],
): readonly Buffer[] {
  if (kind === type.headers) return answer(stream)
  return kind === type.settings && (flags & flag.ack) === 0 ? [acknowledgement] : []
}

const frameHead = 9

/** The heads of the complete frames, and the bytes after them. */
function takeFrames(bytes: Buffer) {
  const heads: FrameHead[] = []
  let rest = bytes
  while (rest.length >= frameHead && rest.length >= frameHead + rest.readUIntBE(0, 3)) {
    heads.push({ kind: rest.readUInt8(3), flags: rest.readUInt8(4), stream: rest.readUInt32BE(5) })
    rest = rest.subarray(frameHead + rest.readUIntBE(0, 3))
  }
  return { heads, rest }
}

export interface EdgeSetup {
  /** Clients connect over TLS, with HTTP/1.1 or HTTP/2. */
  readonly tls: boolean
  /** The upstreams for requests with the host `h1`, and `h2` (over TLS). */
  readonly upstreams: { readonly h1?: number; readonly h2?: number }
  readonly proxy?: Readonly<Record<string, unknown>>
  /** Settings of the section `serve`, in addition to its doors. */
  readonly serve?: Readonly<Record<string, unknown>>
  readonly config?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
  /** Additional rules. */
  readonly rules?: readonly object[]
}

const anybody = {
  authenticators: [{ handler: 'noop' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Requests below `/open` are allowed, those below `/closed` denied, for every host. */
export function startEdge(t: Cleanup, setup: EdgeSetup): Promise<Oarlock> {
  const folder = temporaryFolder(t)
  const files = {
    key: join(folder, 'key.pem'),
    cert: join(folder, 'cert.pem'),
    ca: join(folder, 'ca.pem'),
  }
  writeFileSync(files.key, identity.key)
  writeFileSync(files.cert, identity.cert)
  writeFileSync(files.ca, authority.cert)
  const { h1, h2 } = setup.upstreams
  const tls = { key: { path: files.key }, cert: { path: files.cert } }
  const to = (host: string, url: string) => ({
    id: host,
    match: { url: `<https?>://${host}/open<.*>`, methods },
    upstream: { url },
    ...anybody,
  })
  return startOarlock(t, {
    ...(setup.env && { env: setup.env }),
    config: {
      log: { level: 'warn' },
      outbound: { tls: { ca: { path: files.ca } } },
      authenticators: { noop: { enabled: true }, unauthorized: { enabled: true } },
      authorizers: { allow: { enabled: true } },
      mutators: { noop: { enabled: true } },
      ...setup.config,
      serve: { ...setup.serve, proxy: { ...(setup.tls ? { tls } : {}), ...setup.proxy } },
    },
    rules: [
      ...(h1 === undefined ? [] : [to('h1', `http://127.0.0.1:${h1}`)]),
      ...(h2 === undefined ? [] : [to('h2', `https://localhost:${h2}`)]),
      {
        id: 'closed',
        match: { url: '<https?>://<[^/]*>/closed<.*>', methods },
        upstream: { url: 'http://127.0.0.1:1' },
        ...anybody,
        authenticators: [{ handler: 'unauthorized' }],
      },
      ...(setup.rules ?? []),
    ],
  })
}
