import cluster from 'node:cluster'
import { lstat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'

/**
 * Removes the socket file that a killed process left behind, so that listening there works again. A socket
 * on which somebody answers stays, and so does any other file.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  // Of several processes one has done it, and the others would remove the new one.
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
