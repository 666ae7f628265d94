/** Calls of health and reflection on streams of Node's HTTP/2. */
import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { servicesFailed, tooMuch } from '../refusals.ts'
import type { Route } from '../route.ts'
import { mostLasting, type ServiceKind, serviceHeaders } from '../services/service-limits.ts'
import type { FlatHeaders, ServiceCall, ServiceEvents } from '../services/services.ts'
import { type GuardedStream, isOver } from './guarded-stream.ts'
import { onStream } from './on-stream.ts'

export type OpenKinds = Map<ServiceKind, number>

export interface ServiceStreamOptions {
  readonly route: Route
  readonly kind: ServiceKind
  readonly open: OpenKinds
}

/** Passes the call to the service and its answer back. */
export function passToService(
  guarded: GuardedStream,
  headers: IncomingHttpHeaders,
  { route, kind, open }: ServiceStreamOptions,
): void {
  if (!countOpen(guarded, kind, open)) return
  const { stream } = guarded
  const request = { path: headers[':path'] ?? '', headers: passedOf(headers) }
  stream.pause()
  route.services
    .open(request, eventsOf(guarded))
    .then(onStream(stream, service => connect(guarded, kind, service)))
    .catch(onStream(stream, () => guarded.refuse(servicesFailed)))
}

/** False: too many streams of its kind are open, and this one was refused. */
function countOpen(guarded: GuardedStream, kind: ServiceKind, open: OpenKinds): boolean {
  const now = open.get(kind) ?? 0
  if (kind.isLasting && now >= mostLasting) {
    guarded.refuse(tooMuch)
    return false
  }
  open.set(kind, now + 1)
  guarded.stream.once('close', () => open.set(kind, (open.get(kind) ?? 0) - 1))
  return true
}

const passedOf = (headers: IncomingHttpHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(
    serviceHeaders.flatMap(name =>
      headers[name] === undefined ? [] : [[name, String(headers[name])]],
    ),
  )

function connect(guarded: GuardedStream, kind: ServiceKind, service: ServiceCall): void {
  const { stream } = guarded
  if (isOver(stream)) {
    service.cancel()
    return
  }
  const end = performance.now() + (kind.longest ?? 0)
  let received = 0
  const take = (chunk: Buffer): void => {
    received += chunk.length
    // Each message of the caller begins its time again.
    if (kind.longest !== undefined) guarded.extend(end)
    if (received > kind.requestBytes) guarded.refuse(tooMuch)
    else if (guarded.hold(chunk.length)) service.write(chunk)
  }
  const finish = (): void => {
    service.end()
    if (kind.longest === undefined) guarded.messageArrived()
  }
  stream.on('data', onStream(stream, take))
  stream.on('end', onStream(stream, finish))
  stream.on(
    'drain',
    onStream(stream, () => service.resume()),
  )
  stream.once('close', () => service.cancel())
  pausing.set(stream, service)
  stream.resume()
}

/** The service of a stream: it is paused while the caller does not read. */
const pausing = new WeakMap<ServerHttp2Stream, ServiceCall>()

function eventsOf(guarded: GuardedStream): ServiceEvents {
  const { stream } = guarded
  let trailers: OutgoingHttpHeaders = {}
  stream.on(
    'wantTrailers',
    onStream(stream, () => stream.sendTrailers(trailers)),
  )
  return {
    head: onStream(stream, (headers: FlatHeaders, ends: boolean) => {
      if (isOver(stream)) return
      stream.respond(objectOf(headers), { endStream: ends, waitForTrailers: !ends })
      if (ends) guarded.answerSent()
    }),
    data: onStream(stream, (chunk: Buffer) => {
      if (!isOver(stream) && !stream.write(chunk)) pausing.get(stream)?.pause()
    }),
    trailers: onStream(stream, (headers: FlatHeaders) => {
      if (isOver(stream) || stream.writableEnded) return
      trailers = objectOf(headers)
      guarded.answerSent()
      stream.end()
    }),
    closed: onStream(stream, () => {
      if (isOver(stream) || stream.writableEnded) return
      if (stream.headersSent) stream.close(constants.NGHTTP2_INTERNAL_ERROR)
      else guarded.refuse(servicesFailed)
    }),
  }
}

function objectOf(flat: FlatHeaders): OutgoingHttpHeaders {
  const headers: Record<string, string[]> = {}
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    headers[name] = [...(headers[name] ?? []), flat[i + 1] ?? '']
  }
  return Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]),
  )
}
