/** Two connections that speak another protocol than HTTP to each other, until one of them ends. */
import type { Duplex } from 'node:stream'
import { guarded, type OnBug } from '../../lib/guarded.ts'

export interface TunnelEnd {
  readonly socket: Duplex
  /** What was read from it before the protocol was switched. */
  readonly head: Buffer
}

export interface TunnelOptions {
  /** Milliseconds that one side has to end after the other has. */
  readonly lingering: number
  readonly onBug: OnBug
}

/** A peer that is gone without a word is noticed after some minutes. */
const keepAlive = 60_000

export function joinTunnel(
  client: TunnelEnd,
  upstream: TunnelEnd,
  { lingering, onBug }: TunnelOptions,
): void {
  const sockets = [client.socket, upstream.socket]
  const end = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const on = (run: () => void) =>
    guarded(run, bug => {
      end()
      onBug(bug)
    })
  let timer: NodeJS.Timeout | undefined
  for (const socket of sockets) {
    prepare(socket)
    // Before anything is written: an error without a listener would end the process.
    socket.on('error', on(end))
    socket.once(
      'close',
      on(() => {
        clearTimeout(timer)
        end()
      }),
    )
    socket.once(
      'end',
      on(() => {
        timer ??= setTimeout(on(end), lingering)
      }),
    )
  }
  if (sockets.some(socket => socket.destroyed)) {
    end()
    return
  }
  client.socket.write(upstream.head)
  upstream.socket.write(client.head)
  upstream.socket.pipe(client.socket)
  client.socket.pipe(upstream.socket)
}

/** Time limits were set for an answer, and a tunnel may be silent. */
function prepare(socket: Duplex): void {
  const connection = socket as Partial<import('node:net').Socket>
  connection.setTimeout?.(0)
  connection.setKeepAlive?.(true, keepAlive)
}
