import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { canonical } from './canonical.ts'
import { type Context, portOf, substitute, substituteText } from './context.ts'
import { hasHeader, toPairs, withDefault } from './headers.ts'
import { loopback } from './ports.ts'
import { type Answered, readAnswer } from './read-answer.ts'
import type { Pair, Port, Request } from './types.ts'

const longestWait = 20_000
export type Outcome = Answered | { readonly kind: 'no answer'; readonly why: string }

/** Sends one request over a new connection, byte for byte as the case writes it. */
export function send(context: Context, tls: readonly Port[], request: Request): Promise<Outcome> {
  const to = request.to ?? 'api'
  const place = { host: loopback, port: portOf(context, to) }
  const socket = tls.includes(to)
    ? connectTls({ ...place, servername: 'localhost', rejectUnauthorized: false })
    : connectPlain(place)
  socket.write(encodeRequest(context, request))
  return receive(socket, request.method ?? 'GET').finally(() => socket.destroy())
}

function receive(socket: Socket, method: string): Promise<Outcome> {
  return new Promise(resolve => {
    const failed = (why: string) => resolve({ kind: 'no answer', why })
    let bytes: Buffer = Buffer.alloc(0)
    const read = (ended: boolean) => {
      const answer = readAnswer(bytes, method, ended)
      if (answer.kind === 'answer') resolve(answer)
      if (answer.kind === 'broken' || (answer.kind === 'more' && ended)) failed(answer.kind)
    }
    socket.setTimeout(longestWait, () => failed('timeout'))
    socket.on('error', error => failed(error.message))
    socket.on('end', () => read(true))
    socket.on('data', part => {
      bytes = Buffer.concat([bytes, part])
      read(false)
    })
  })
}

/** The bytes of the request; missing parts (Host, length) are added, nothing else is changed. */
export function encodeRequest(context: Context, request: Request): Buffer {
  if (request.raw !== undefined) {
    return Buffer.from(substituteText(context, request.raw).replace(/\r?\n/g, '\r\n'))
  }
  const { body, headers } = encodeBody(context, request)
  const version = request.http ?? '1.1'
  const path = substituteText(context, request.path ?? '/')
  const lines = [
    `${request.method ?? 'GET'} ${path} HTTP/${version}`,
    ...withHost(context, request, headers).map(([name, value]) => `${name}: ${value}`),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body])
}

function withHost(context: Context, request: Request, headers: readonly Pair[]): readonly Pair[] {
  const needed = (request.http ?? '1.1') === '1.1' || request.host !== undefined
  if (!needed || hasHeader(headers, 'host')) return headers
  const host = request.host ?? `\${${(request.to ?? 'api').toUpperCase()}}`
  return [['Host', substituteText(context, host)], ...headers]
}

interface Encoded {
  readonly body: Buffer
  readonly headers: readonly Pair[]
}

function encodeBody(context: Context, request: Request): Encoded {
  const given = toPairs(request.headers).map(
    ([name, value]): Pair => [name, substituteText(context, value)],
  )
  if (request.chunks !== undefined) {
    const body = Buffer.from(
      encodeChunks(request.chunks.map(part => substituteText(context, part))),
    )
    return { body, headers: withDefault(given, ['Transfer-Encoding', 'chunked']) }
  }
  if (request.json !== undefined) {
    const body = Buffer.from(canonical(substitute(context, request.json), false))
    return withLength(body, withDefault(given, ['Content-Type', 'application/json']))
  }
  return withLength(Buffer.from(substituteText(context, request.body ?? '')), given)
}

const encodeChunks = (parts: readonly string[]): string =>
  `${parts.map(part => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`

const withLength = (body: Buffer, headers: readonly Pair[]): Encoded =>
  body.length === 0
    ? { body, headers }
    : { body, headers: withDefault(headers, ['Content-Length', String(body.length)]) }
