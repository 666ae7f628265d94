import { createServer } from 'node:net'

export const loopback = '127.0.0.1'
const used = new Set<number>()

/** A free loopback port below the usual range of outgoing connections, never the same one twice. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 5000; tries++) {
    const port = 12_000 + Math.floor(Math.random() * 20_000)
    if (used.has(port) || !(await isFree(port))) continue
    used.add(port)
    return port
  }
  throw new Error('no free port')
}

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, loopback, () => probe.close(() => resolve(true)))
  })
