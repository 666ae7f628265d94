import { connect, type Socket } from 'node:net'
import type { Cleanup } from './cleanup.ts'
import { loopback } from './ports.ts'
import { until } from './until.ts'

type Headers = readonly (readonly [name: string, value: string])[]

export const handshake: Headers = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
]

export interface WebSocketAnswer {
  /** Status line and headers. */
  readonly head: string
  /** Sends bytes through the open connection and waits until they come back. */
  readonly echo: (text: string) => Promise<void>
}

interface Asked {
  readonly target: string
  readonly headers?: Headers
}

/** A handshake on a connection that stays open. */
export const openWebSocket = (t: Cleanup, port: number, asked: Asked): Promise<WebSocketAnswer> =>
  openWebSocketOn(t, connect(port, loopback), asked)

/** The same on an existing connection. */
export async function openWebSocketOn(
  t: Cleanup,
  socket: Socket,
  { target, headers = [] }: Asked,
): Promise<WebSocketAnswer> {
  t.after(() => void socket.destroy())
  const received = collect(socket)
  const lines = [['Host', 'app.example'], ...handshake, ...headers].map(line => line.join(': '))
  socket.write(`GET ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  await until(() => received().includes('\r\n\r\n'), 'the handshake was answered')
  const [head = ''] = received().split('\r\n\r\n')
  const echo = async (text: string): Promise<void> => {
    socket.write(text)
    await until(() => received().endsWith(text), 'the bytes came back')
  }
  return { head, echo }
}

function collect(socket: Socket): () => string {
  let text = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', part => {
    text += part.toString('latin1')
  })
  return () => text
}
