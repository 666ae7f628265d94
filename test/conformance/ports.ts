import { createServer } from 'node:net'

export const loopback = '127.0.0.1'
const used = new Set<number>()

const [lowest, many] = [12_000, 20_000]
/** Test files that run beside one another take theirs from different parts, so that none takes what another has just found free. */
const part = { lowest: lowest + (process.pid % 20) * 1000, many: 1000 }

/** A free loopback port below the usual range of outgoing connections, never the same one twice. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 6000; tries++) {
    const range = tries < 1000 ? part : { lowest, many }
    const port = range.lowest + Math.floor(Math.random() * range.many)
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
