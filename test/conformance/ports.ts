import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const loopback = '127.0.0.1'

/** Below the usual range of outgoing connections. */
const [lowest, many] = [12_000, 20_000]

/**
 * A port belongs to the process whose file is in this folder: test files run in parallel, and none takes a port that
 * another has just found free.
 */
const taken = join(tmpdir(), 'oarlock-test-ports')
const own = new Set<number>()

process.once('exit', () => {
  for (const port of own) rmSync(fileOf(port), { force: true })
})

/** A free loopback port that no other test gets while this process runs. */
export async function freePort(): Promise<number> {
  mkdirSync(taken, { recursive: true })
  for (let tries = 0; tries < many; tries += 1) {
    const port = lowest + Math.floor(Math.random() * many)
    if (own.has(port) || !claim(port)) continue
    own.add(port)
    if (await isFree(port)) return port
  }
  throw new Error('no free port')
}

const fileOf = (port: number): string => join(taken, String(port))

function claim(port: number): boolean {
  try {
    writeFileSync(fileOf(port), String(process.pid), { flag: 'wx' })
    return true
  } catch {
    // Left by a process that was killed: the next caller may use it.
    if (!isAlive(port)) rmSync(fileOf(port), { force: true })
    return false
  }
}

function isAlive(port: number): boolean {
  try {
    process.kill(Number(readFileSync(fileOf(port), 'utf8')), 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, loopback, () => probe.close(() => resolve(true)))
  })
