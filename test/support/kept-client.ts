/** A client that keeps its connection as long as the server allows, and then opens the next one, as proxies do. */
import { connect, type Socket } from 'node:net'
import { readAnswer } from '../conformance/read-answer.ts'
import type { Cleanup } from './cleanup.ts'
import { loopback } from './ports.ts'
import { type Answer, toAnswer } from './raw-http.ts'

export type Exchange =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** The connection ended before any byte of an answer: a retry is safe. */
  | { readonly kind: 'unanswered' }
  /** The connection ended in the middle of an answer, or no answer came for a long time: the request is lost. */
  | { readonly kind: 'lost'; readonly what: string }
  /** The port is closed. */
  | { readonly kind: 'refused' }

export interface KeptRequest {
  readonly target: string
  readonly host: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

export interface KeptClient {
  /** One request at a time. Never rejects. */
  readonly ask: (request: KeptRequest) => Promise<Exchange>
  readonly close: () => void
}

const longestWait = 10_000

export function keptClient(t: Cleanup, port: number): KeptClient {
  let socket: Socket | undefined
  const close = (): void => {
    socket?.destroy()
    socket = undefined
  }
  t.after(close)
  return {
    close,
    ask: async request => {
      const used = socket?.writable ? socket : dial(port)
      const exchange = await exchangeOn(used, request)
      socket = isKept(exchange) ? used : undefined
      if (socket === undefined) used.destroy()
      return exchange
    },
  }
}

function dial(port: number): Socket {
  const socket = connect({ port, host: loopback, noDelay: true })
  // There is always a listener: an event between two requests shows at the next one.
  socket.on('error', () => undefined)
  return socket
}

const isKept = (exchange: Exchange): boolean =>
  exchange.kind === 'answer' && !exchange.answer.all('connection').includes('close')

function exchangeOn(socket: Socket, request: KeptRequest): Promise<Exchange> {
  let received: Buffer = Buffer.alloc(0)
  let isRefused = false
  return new Promise(resolve => {
    const finish = (exchange: Exchange): void => {
      socket.setTimeout(0)
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener)
      resolve(exchange)
    }
    const lost = (what: string): void => finish({ kind: 'lost', what: `${what}: ${received}` })
    const listeners = {
      data: (part: Buffer): void => {
        received = Buffer.concat([received, part])
        const read = readAnswer(received, 'GET', false)
        if (read.kind === 'answer') finish({ kind: 'answer', answer: toAnswer(read) })
        else if (read.kind === 'broken') lost('no HTTP')
      },
      error: ({ code }: NodeJS.ErrnoException): void => {
        isRefused = code === 'ECONNREFUSED'
      },
      end: (): void => void socket.destroy(),
      timeout: (): void => lost('no answer'),
      close: (): void => {
        if (isRefused) finish({ kind: 'refused' })
        else if (received.length === 0) finish({ kind: 'unanswered' })
        else lost('cut off')
      },
    }
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener)
    if (socket.destroyed) return finish({ kind: 'unanswered' })
    socket.setTimeout(longestWait)
    socket.write(encode(request))
  })
}

const encode = ({ target, host, headers = [] }: KeptRequest): string =>
  [
    `GET ${target} HTTP/1.1`,
    `Host: ${host}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n')
