/**
 * What undici cannot carry, over Node's own client: another protocol on the connection (WebSocket), and
 * trailers of a request.
 */
import {
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
  type ServerResponse,
} from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream'
import type { SecureContext } from 'node:tls'
import { answerHeaders } from './answer-headers.ts'
import { type ForwardOptions, fail, type Outgoing } from './forward.ts'

export interface TunnelOptions extends Pick<ForwardOptions, 'writeTimeout' | 'onFailure'> {
  readonly tls?: (() => SecureContext) | undefined
}

/** The client's side of a connection that is to speak another protocol. */
export interface Upgrade {
  readonly protocol: string
  readonly socket: Duplex
  /** What the client has sent behind its request. */
  readonly head: Buffer
}

/** Another answer than 101 is passed on as it is. */
export function forwardUpgrade(
  outgoing: Outgoing,
  response: ServerResponse,
  { upgrade, ...options }: TunnelOptions & { readonly upgrade: Upgrade },
): void {
  const headers = [...outgoing.headers, 'Connection', 'Upgrade', 'Upgrade', upgrade.protocol]
  const request = open({ ...outgoing, headers }, response, options)
  request?.on('upgrade', (answer: IncomingMessage, socket: Duplex, head: Buffer) => {
    response.writeHead(101, answer.rawHeaders)
    response.flushHeaders()
    response.detachSocket(upgrade.socket as never)
    // Node says it of a response that has its socket.
    upgrade.socket.once('close', () => response.emit('close'))
    join(upgrade, { socket, head })
  })
  request?.end()
}

/** Sends what the client's trailers say, but for names in `withheld` (lower case), behind the body. */
export function forwardWithTrailers(
  outgoing: Outgoing,
  response: ServerResponse,
  options: TunnelOptions & {
    readonly incoming: IncomingMessage
    readonly withheld: (name: string) => boolean
  },
): void {
  const { incoming, withheld } = options
  const announced = (incoming.headers.trailer ?? '').split(',').map(name => name.trim())
  const names = announced.filter(name => name !== '' && !withheld(name.toLowerCase()))
  const trailer = names.length > 0 ? ['Trailer', names.join(', ')] : []
  const headers = [...outgoing.headers, 'Transfer-Encoding', 'chunked', ...trailer]
  const request = open({ ...outgoing, headers }, response, options)
  if (request === undefined) return
  incoming.once('error', error => request.destroy(error))
  incoming.on('data', (chunk: Buffer) => {
    if (!request.write(chunk)) incoming.pause()
  })
  request.on('drain', () => incoming.resume())
  incoming.once('end', () => {
    const lines = pairs(incoming.rawTrailers).filter(([name]) => !withheld(name.toLowerCase()))
    if (lines.length > 0) request.addTrailers(lines as never)
    request.end()
  })
}

function pairs(flat: readonly string[]): readonly (readonly [string, string])[] {
  const found: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) found.push([flat[i] ?? '', flat[i + 1] ?? ''])
  return found
}

function open(
  { origin, method, target, headers }: Outgoing,
  response: ServerResponse,
  options: TunnelOptions,
): ClientRequest | undefined {
  const { hostname, port, protocol } = new URL(origin)
  const place: RequestOptions = {
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? undefined : Number(port),
    method,
    path: target,
    headers: headers as never,
    setHost: false,
    agent: false,
    timeout: options.writeTimeout,
  }
  try {
    const request =
      protocol === 'https:'
        ? requestHttps({ ...place, ...(options.tls && { secureContext: options.tls() }) })
        : requestHttp(place)
    request.once('timeout', () => request.destroy(tooSlow()))
    request.once('error', error => fail(response, error, options))
    request.once('response', answer => passOn(answer, response, options))
    response.once('close', () => {
      if (!response.writableFinished) request.destroy()
    })
    return request
  } catch (error) {
    fail(response, error as Error, options)
    return undefined
  }
}

const tooSlow = (): Error => Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })

function passOn(answer: IncomingMessage, response: ServerResponse, options: TunnelOptions): void {
  const { flat } = answerHeaders(answer.rawHeaders, response)
  response.writeHead(answer.statusCode ?? 502, flat)
  answer.once('end', () => {
    const lines = pairs(answer.rawTrailers)
    if (lines.length > 0) response.addTrailers(lines as never)
  })
  pipeline(answer, response, error => {
    if (error && !response.destroyed) fail(response, error, options)
  })
}

/** Both ways until one of the two ends. */
function join(
  client: Pick<Upgrade, 'socket' | 'head'>,
  upstream: { readonly socket: Duplex; readonly head: Buffer },
): void {
  client.socket.write(upstream.head)
  upstream.socket.write(client.head)
  const end = (): void => {
    client.socket.destroy()
    upstream.socket.destroy()
  }
  for (const socket of [client.socket, upstream.socket]) {
    // It was set for an answer, and a tunnel may be silent.
    ;(socket as Duplex & { setTimeout?: (milliseconds: number) => void }).setTimeout?.(0)
    socket.once('error', end)
    socket.once('close', end)
  }
  upstream.socket.pipe(client.socket)
  client.socket.pipe(upstream.socket)
}
