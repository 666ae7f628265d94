/** Joins two connections after a switch to another protocol, until one of them ends. */
import type { Duplex } from 'node:stream'
import { guarded, type OnBug } from '../../lib/guarded.ts'

export interface TunnelEnd {
  readonly socket: Duplex
  /** Bytes that were read before the protocol was switched. */
  readonly head: Buffer
}

export interface TunnelOptions {
  /** Milliseconds that one side has to close after the other side has closed. */
  readonly lingering: number
  readonly onBug: OnBug
}

/** TCP keep-alive, which detects a lost peer after some minutes. */
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
    // Added before the first write: an error without a listener would end the process.
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

/** Removes time limits that were set for an answer: a tunnel may be idle. */
function prepare(socket: Duplex): void {
  const connection = socket as Partial<import('node:net').Socket>
  connection.setTimeout?.(0)
  connection.setKeepAlive?.(true, keepAlive)
}
