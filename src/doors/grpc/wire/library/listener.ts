/** Listens with Node's HTTP/2. */
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Server } from 'node:net'
import { guarded } from '../../../../lib/guarded.ts'
import { followSessions } from '../../../../lib/http2-sessions.ts'
import { closeWithin, listenOn, openSockets } from '../../../../lib/net-server.ts'
import { isGrpcType, notPost, type Refusal, unknownMethod } from '../refusals.ts'
import { type Route, unaryRoutes } from '../route.ts'
import { createOpenCalls } from '../services/open-calls.ts'
import type { Transport, TransportOptions } from '../transport.ts'
import { readCheck } from './check-streams.ts'
import { GuardedStream } from './guarded-stream.ts'
import { createSessionTimes } from './session-times.ts'
import { beginStreamCall } from './stream-call.ts'

const handshakeTimeout = 10_000

export function createLibraryListener(options: TransportOptions): Transport {
  const { tls, streams } = options
  const settings = { maxConcurrentStreams: streams, enablePush: false }
  const server: Http2Server =
    tls === undefined
      ? createServer({ settings })
      : createSecureServer({ ...tls, settings, handshakeTimeout })
  const plain = server as unknown as Server
  const sockets = openSockets(plain)
  server.on('stream', guarded(createOnStream(options), options.onBug))
  server.on('sessionError', () => undefined)
  const times = createSessionTimes(options)
  const opened = tls === undefined ? 'connection' : 'secureConnection'
  const sessions = followSessions(plain, opened, times.follow)
  const sweep = setInterval(
    guarded(() => {
      const now = performance.now()
      options.bounds.sweep(now)
      times.check(now)
    }, options.onBug),
    options.sweepPeriod,
  ).unref()
  server.once('close', () => clearInterval(sweep))
  return {
    server: plain,
    listen: where => listenOn(plain, where),
    close: grace => {
      for (const session of sessions.all()) session.close()
      return closeWithin(plain, sockets, grace)
    },
  }
}

function createOnStream(options: TransportOptions) {
  const { methods, path: checkPath } = options
  const unary = new Map<string, Route>([[checkPath, options], ...unaryRoutes(options)])
  const open = createOpenCalls()
  return (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const path = headers[':path'] ?? ''
    const route = unary.get(path)
    const method = methods.streams.get(path)
    const refusal = refusalOf(headers)
    if (refusal !== undefined) new GuardedStream(stream, options).refuse(refusal)
    else if (!isGrpcType(headers['content-type'])) refuseOther(stream, options)
    else if (route !== undefined) readCheck(new GuardedStream(stream, route), headers, route)
    else if (method !== undefined)
      beginStreamCall(stream, headers, { route: options, method, open })
    else new GuardedStream(stream, options).refuse(unknownMethod)
  }
}

const refusalOf = (headers: IncomingHttpHeaders): Refusal | undefined =>
  isGrpcType(headers['content-type']) && headers[':method'] !== 'POST' ? notPost : undefined

/** A request that is not gRPC. */
function refuseOther(stream: ServerHttp2Stream, route: Route): void {
  route.onRefused('malformed')
  new GuardedStream(stream, route).answerSent()
  stream.respond({ ':status': 415 }, { endStream: true })
}
