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
import { isGrpcType, unknownMethod } from '../refusals.ts'
import type { Route } from '../route.ts'
import { kindOf } from '../services/service-limits.ts'
import type { Transport, TransportOptions } from '../transport.ts'
import { readCheck } from './check-streams.ts'
import { GuardedStream } from './guarded-stream.ts'
import { type OpenKinds, passToService } from './service-streams.ts'
import { createSessionTimes } from './session-times.ts'

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
  const { bounds, readTimeout } = options
  const route: Route = options
  const open: OpenKinds = new Map()
  return (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const path = headers[':path'] ?? ''
    const stays = new GuardedStream(stream, bounds, readTimeout)
    const kind = kindOf(path)
    if (!isGrpcType(headers['content-type'])) {
      stays.answerSent()
      stream.respond({ ':status': 415 }, { endStream: true })
    } else if (path === route.path) readCheck(stays, headers, route)
    else if (kind !== undefined) passToService(stays, headers, { route, kind, open })
    else stays.refuse(unknownMethod)
  }
}
