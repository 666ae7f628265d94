/** A server for HTTP/1.1 and HTTP/2 over TLS; the client chooses with ALPN. */
import type { Server } from 'node:http'
import { createSecureServer, type ServerHttp2Session } from 'node:http2'
import type { RequestListener } from '../doors/http/listener.ts'
import { type ServerTls, secureContextOf, tlsOptionsOf } from '../doors/server-tls.ts'
import { followSessions } from '../lib/http2-sessions.ts'

export interface ServerLimits {
  readonly maxHeaderSize: number
  readonly requestTimeout: number
  readonly headersTimeout: number
  readonly keepAliveTimeout: number
  readonly connectionsCheckingInterval: number
}

export interface TlsServer {
  /** Node's server for both versions has the events and most methods of the HTTP/1 server. */
  readonly server: Server
  /** Sends GOAWAY on HTTP/2 connections: no new requests. */
  readonly endSessions: () => void
}

const handshakeTimeout = 10_000
const streamsPerConnection = 250
const headersPerRequest = 1000
/** As large as the headers of an upstream may be; with Node's default the stream ends without an answer. */
const answerHeaderBytes = 512 * 1024

/** `onRequest` gets requests of both versions. */
export function createTlsServer(
  tls: ServerTls,
  limits: ServerLimits,
  onRequest: RequestListener,
): TlsServer {
  const server = createSecureServer(
    {
      allowHTTP1: true,
      ...tlsOptionsOf(tls.current()),
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
  // This server reads these from its own properties, not from options.
  Object.assign(server, limits, { requireHostHeader: true })
  const endRenewal = tls.onRenewal(identity => server.setSecureContext(secureContextOf(identity)))
  server.once('close', endRenewal)
  const sessions = followSessions(server, 'secureConnection', endIdle(limits.keepAliveTimeout))
  return {
    server: server as unknown as Server,
    endSessions: () => {
      for (const session of sessions.all()) session.close()
    },
  }
}

/** Milliseconds for a client to answer a ping. */
const pingTime = 10_000

/**
 * Closes idle connections: without open streams at once, with open streams when the client does not answer a
 * ping.
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
