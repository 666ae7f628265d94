/** A server for HTTP/1.1 and HTTP/2 over TLS; the client chooses (ALPN). */
import type { Server } from 'node:http'
import { createSecureServer, type ServerHttp2Session } from 'node:http2'
import type { RequestListener } from '../doors/http/listener.ts'
import { cipherSuites, type ServerTls } from '../doors/server-tls.ts'
import { followSessions } from '../lib/http2-sessions.ts'

export interface ServerLimits {
  readonly maxHeaderSize: number
  readonly requestTimeout: number
  readonly headersTimeout: number
  readonly keepAliveTimeout: number
  readonly connectionsCheckingInterval: number
}

export interface TlsServer {
  /** Node's server for both versions has the events and most of the methods of the one for HTTP/1. */
  readonly server: Server
  /** No new requests on the connections of HTTP/2. */
  readonly endSessions: () => void
}

const handshakeTimeout = 10_000
const streamsPerConnection = 250
const headersPerRequest = 1000
/** As much as an upstream may answer; Node's default would end the stream without an answer. */
const answerHeaderBytes = 512 * 1024

/** `onRequest` takes requests of both versions. */
export function createTlsServer(
  tls: ServerTls,
  limits: ServerLimits,
  onRequest: RequestListener,
): TlsServer {
  const { key, cert, ca } = tls.current()
  const server = createSecureServer(
    {
      allowHTTP1: true,
      ...secureContext({ key, cert, ca }),
      requestCert: ca !== undefined,
      rejectUnauthorized: true,
      handshakeTimeout,
      maxHeaderListPairs: headersPerRequest,
      maxSendHeaderBlockLength: answerHeaderBytes,
      settings: {
        enablePush: false,
        maxConcurrentStreams: streamsPerConnection,
        maxHeaderListSize: limits.maxHeaderSize,
      },
    },
    onRequest as never,
  )
  // What Node's server for HTTP/1 takes as options, this one reads from itself.
  Object.assign(server, limits, { requireHostHeader: true })
  const endRenewal = tls.onRenewal(identity => server.setSecureContext(secureContext(identity)))
  server.once('close', endRenewal)
  const sessions = followSessions(server, 'secureConnection', endIdle(limits.keepAliveTimeout))
  return {
    server: server as unknown as Server,
    endSessions: () => {
      for (const session of sessions.all()) session.close()
    },
  }
}

interface Identity {
  readonly key: string
  readonly cert: string
  readonly ca: string | undefined
}

/** All that belongs to the context: a renewal makes it anew, and Node keeps nothing of the one before. */
const secureContext = ({ key, cert, ca }: Identity) => ({
  key,
  cert,
  ciphers: cipherSuites,
  honorCipherOrder: true,
  ecdhCurve: 'X25519:P-256',
  minVersion: 'TLSv1.2' as const,
  ...(ca === undefined ? {} : { ca }),
})

/** Milliseconds that a client has to answer a ping. */
const pingTime = 10_000

/**
 * Ends connections on which nothing moves for too long: at once where no stream is open; where one is, unless
 * the client answers a ping.
 */
const endIdle =
  (idleTimeout: number) =>
  (session: ServerHttp2Session): void => {
    let streams = 0
    session.on('stream', stream => {
      streams += 1
      stream.once('close', () => {
        streams -= 1
      })
    })
    session.setTimeout(idleTimeout, () => {
      if (streams === 0) session.close()
      else endUnlessAlive(session)
    })
  }

function endUnlessAlive(session: ServerHttp2Session): void {
  const timer = setTimeout(() => session.destroy(), pingTime).unref()
  const isSent = session.ping(() => clearTimeout(timer))
  if (!isSent) session.destroy()
}
