import cluster from 'node:cluster'
import { lstat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'

/**
 * Removes the socket file of a killed process, so that listening there works again. A socket that accepts
 * connections stays, and so does any other file.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  // The primary process has already done it; a worker would remove the new socket.
  if (cluster.isWorker) return
  const found = await lstat(path).catch(() => undefined)
  if (found?.isSocket() && (await isDead(path))) await unlink(path)
}

const isDead = (path: string): Promise<boolean> =>
  new Promise(resolve => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
