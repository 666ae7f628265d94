import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort, loopback } from './ports.ts'

/** The server under test, in a process group of its own. */
export interface ServerProcess {
  /** Undefined while it runs. A signal counts as -1. */
  readonly exitCode: () => number | undefined
  /** Waits at most `ms`; undefined when it still runs then. */
  readonly ended: (ms: number) => Promise<number | undefined>
  readonly log: () => readonly string[]
  readonly stop: () => Promise<void>
}

export interface Launch {
  readonly command: string
  readonly config: string
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

const inherited = ['PATH', 'LANG', 'LD_LIBRARY_PATH', 'NODE_OPTIONS', 'GOMAXPROCS']
const running = new Set<number>()
process.once('exit', () => running.forEach(group => void killGroup(group, 'SIGKILL')))

export async function startServer({
  command,
  config,
  folder,
  env,
}: Launch): Promise<ServerProcess> {
  const [program = '', ...args] = splitCommand(command)
  const path = join(folder, 'server.log')
  const out = openSync(path, 'w')
  const child = spawn(program, [...args, 'serve', '--config', config], {
    detached: true,
    stdio: ['ignore', out, out],
    env: { ...(await baseEnvironment(folder)), ...env },
  })
  closeSync(out)
  const exit = exitOf(child)
  if (child.pid !== undefined) running.add(child.pid)
  const exitCode = () => (child.signalCode === null ? (child.exitCode ?? undefined) : -1)
  const ended = async (ms: number) => {
    await Promise.race([exit, wait(ms, undefined, { ref: false })])
    return exitCode()
  }
  return { exitCode, ended, log: () => readLog(path), stop: () => stop(child, ended) }
}

/** Folders and a gRPC port of its own: two servers can run in parallel. */
async function baseEnvironment(folder: string): Promise<Record<string, string>> {
  const kept = inherited.flatMap(name => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  const own = { HOME: folder, TMPDIR: folder, SQA_OPT_OUT: 'true' }
  const grpc = { SERVE_GRPC_HOST: loopback, SERVE_GRPC_PORT: String(await freePort()) }
  return { ...Object.fromEntries(kept), ...own, ...grpc }
}

const exitOf = (child: ChildProcess): Promise<void> =>
  new Promise(resolve => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })

async function stop(child: ChildProcess, ended: ServerProcess['ended']): Promise<void> {
  if (child.pid === undefined) return
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    killGroup(child.pid, signal)
    if ((await ended(4000)) !== undefined) break
  }
  killGroup(child.pid, 'SIGKILL') // processes that it started must end with it
  running.delete(child.pid)
}

function killGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal)
  } catch {
    return false // the group is empty
  }
}

const readLog = (path: string): readonly string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.includes('/health/'))
    .slice(-12)

/** Splits a command at spaces; quotes keep spaces together. */
export const splitCommand = (command: string): string[] =>
  [...command.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/["']/g, ''))
