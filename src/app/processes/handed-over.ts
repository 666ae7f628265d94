/**
 * Connections on their way to a worker. The loader accepts them, and Node's cluster keeps its end open until
 * the worker says that it has the connection. A worker that dies before it says so leaves that end open, and
 * the client would wait without end for an answer that nobody writes.
 */
import type { ChildProcess } from 'node:child_process'

/** What Node's cluster sends. No public interface: `test/faults/chaos.test.ts` fails when it changes. */
interface Sent {
  readonly act?: unknown
  readonly seq?: unknown
}

interface Heard {
  readonly ack?: unknown
}

interface Handle {
  close(): void
}

/** Closes what is still on its way when the worker's channel ends: the client sees it and asks again. */
export function closeWhatIsLost(worker: ChildProcess): void {
  const onTheWay = new Map<unknown, Handle>()
  const send = worker.send.bind(worker) as (...args: readonly unknown[]) => boolean
  const watched = (...args: readonly unknown[]): boolean => {
    const [message, handle] = args as [Sent | undefined, Handle | undefined]
    if (message?.act === 'newconn' && handle) onTheWay.set(message.seq, handle)
    return send(...args)
  }
  worker.send = watched as ChildProcess['send']
  worker.on('internalMessage', ({ ack }: Heard) => onTheWay.delete(ack))
  atEnd(worker, () => {
    for (const handle of onTheWay.values()) handle.close()
    onTheWay.clear()
  })
}

/**
 * Node calls `disconnect` when it finds the channel ended, and then says nothing if the worker owes it an
 * acknowledgement: its cluster would go on handing connections to that worker.
 */
function atEnd(worker: ChildProcess, run: () => void): void {
  const disconnect = worker.disconnect.bind(worker)
  let isSaid = false
  worker.once('disconnect', () => {
    isSaid = true
  })
  worker.disconnect = () => {
    disconnect()
    run()
    // Node's own event comes in this tick. Later, another port could give the dead worker a connection.
    process.nextTick(() => {
      if (!isSaid) worker.emit('disconnect')
    })
  }
}
