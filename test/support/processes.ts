/** What Linux reports about the processes of a running program. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { until } from './until.ts'

/** Ids of the processes that it started and that have not ended. */
export const childrenOf = (pid: number): readonly number[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => isChild(name, pid))
    .map(Number)

/** The name in brackets may contain anything; the state and the parent follow it. */
function isChild(name: string, parent: number): boolean {
  const text = readOr('', () => readFileSync(`/proc/${name}/stat`, 'utf8'))
  const [state, found] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return Number(found) === parent && state !== 'Z'
}

/** A process may end between two reads. */
function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}

export const isAlive = (pid: number): boolean =>
  readOr(false, () => !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')))

/** Bytes in memory; 0 when it has ended. */
export function residentOf(pid: number): number {
  const status = readOr('', () => readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}

/** Open descriptors, and how many of them are sockets. */
export function openIn(pid: number): { readonly all: number; readonly sockets: number } {
  const folder = `/proc/${pid}/fd`
  const links = readOr([], () => readdirSync(folder)).map(name =>
    readOr('', () => readlinkSync(`${folder}/${name}`)),
  )
  return { all: links.length, sockets: links.filter(link => link.startsWith('socket:')).length }
}

export const kill = (pid: number, signal: NodeJS.Signals): boolean =>
  readOr(false, () => process.kill(pid, signal))

export const untilChildren = (pid: number, count: number): Promise<void> =>
  until(() => childrenOf(pid).length === count, `there are ${count} workers`)
