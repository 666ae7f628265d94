import type { IncomingMessage } from 'node:http'

const lingering = 1000

/** The answer is out before the body was read: what is left is drained within bounds, or the connection ends. */
export function drain(incoming: IncomingMessage, limit: number): void {
  if (incoming.complete) return
  const timer = setTimeout(() => incoming.socket.destroy(), lingering)
  let left = limit
  incoming.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) incoming.socket.destroy()
  })
  incoming.once('close', () => clearTimeout(timer))
  incoming.once('error', () => incoming.socket.destroy())
}
