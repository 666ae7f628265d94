/**
 * Connections that were sent to a worker and not yet acknowledged. The loader accepts connections, and Node's
 * cluster keeps its end open until the worker acknowledges. When a worker dies before that, the end stays open
 * and the client waits without end for an answer.
 */
import type { ChildProcess } from 'node:child_process'

/** A message of Node's cluster. Not a public interface: `test/faults/chaos.test.ts` fails when it changes. */
interface Sent {
  readonly act?: unknown
  readonly seq?: unknown
}

interface Received {
  readonly ack?: unknown
}

interface Handle {
  close(): void
}

/** Closes connections that the worker has not acknowledged when its channel ends: the client notices and retries. */
export function closePendingConnections(worker: ChildProcess): void {
  const pending = new Map<unknown, Handle>()
  const send = worker.send.bind(worker) as (...args: readonly unknown[]) => boolean
  const watched = (...args: readonly unknown[]): boolean => {
    const [message, handle] = args as [Sent | undefined, Handle | undefined]
    if (message?.act === 'newconn' && handle) pending.set(message.seq, handle)
    return send(...args)
  }
  worker.send = watched as ChildProcess['send']
  worker.on('internalMessage', ({ ack }: Received) => pending.delete(ack))
  atEnd(worker, () => {
    for (const handle of pending.values()) handle.close()
    pending.clear()
  })
}

/**
 * Node calls `disconnect` when the channel has ended. If the worker owes an acknowledgement, Node then emits no
 * event, and its cluster would go on sending connections to that worker.
 */
function atEnd(worker: ChildProcess, run: () => void): void {
  const disconnect = worker.disconnect.bind(worker)
  let isEmitted = false
  worker.once('disconnect', () => {
    isEmitted = true
  })
  worker.disconnect = () => {
    disconnect()
    run()
    // Node's own event comes in this tick. Later, another port could send the ended worker a connection.
    process.nextTick(() => {
      if (!isEmitted) worker.emit('disconnect')
    })
  }
}
