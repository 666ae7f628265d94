import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Cleanup } from './cleanup.ts'
import { root } from './folder.ts'
import { longestWait } from './until.ts'

/** A program in a process group of its own; standard output and error go to one file. */
export interface Child {
  readonly pid: number
  readonly running: () => boolean
  readonly log: () => string
  readonly signal: (name: NodeJS.Signals) => void
  /** Resolves when the program ends; null: a signal ended it. */
  readonly exitCode: Promise<number | null>
  /** Sends SIGTERM, and SIGKILL after some seconds. */
  readonly stop: () => Promise<void>
}

export interface Program {
  readonly command: readonly [program: string, ...args: string[]]
  readonly logFile: string
  readonly env?: Readonly<Record<string, string>>
}

const groups = new Set<number>()
process.once('exit', () => groups.forEach(group => void signalGroup(group, 'SIGKILL')))

/** Starts it in the repository's root; it always ends with the test. */
export function startChild(t: Cleanup, { command, logFile, env }: Program): Child {
  const [program, ...args] = command
  const out = openSync(logFile, 'w')
  const child = spawn(program, args, {
    cwd: root,
    detached: true,
    stdio: ['ignore', out, out],
    env: { ...process.env, ...env },
  })
  closeSync(out)
  const exitCode = new Promise<number | null>(resolve => {
    child.once('exit', code => resolve(code))
    child.once('error', () => resolve(null))
  })
  if (child.pid !== undefined) groups.add(child.pid)
  const stop = () => stopChild(child, exitCode)
  t.after(stop)
  return {
    pid: child.pid ?? Number.NaN,
    running: () => isRunning(child),
    log: () => readFileSync(logFile, 'utf8'),
    signal: name => void child.kill(name),
    exitCode,
    stop,
  }
}

const isRunning = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid !== undefined && exitCode === null && signalCode === null

async function stopChild(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.pid === undefined || !groups.has(child.pid)) return
  signalGroup(child.pid, 'SIGTERM')
  await Promise.race([ended, wait(4000, undefined, { ref: false })])
  signalGroup(child.pid, 'SIGKILL') // processes that it started must end with it
  await ended
  groups.delete(child.pid)
}

function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal)
  } catch {
    return false // the group is empty
  }
}

/** Waits until the program answers 200 at this URL; otherwise throws with the end of its log. */
export async function untilReady(child: Child, url: string | Request): Promise<void> {
  const deadline = Date.now() + longestWait
  while (!(await answersWell(url))) {
    if (!child.running() || Date.now() > deadline) {
      throw new Error(
        `not ready at ${typeof url === 'string' ? url : url.url}\n${child.log().slice(-4000)}`,
      )
    }
    await wait(30)
  }
}

const answersWell = (url: string | Request): Promise<boolean> =>
  fetch(typeof url === 'string' ? url : url.clone()).then(
    async answer => {
      await answer.arrayBuffer()
      return answer.ok
    },
    () => false,
  )

/** Waits until `found` returns a value: for text that a program writes after its answer. */
export async function eventually<T>(found: () => T | undefined, what: string): Promise<T> {
  const deadline = Date.now() + longestWait
  for (;;) {
    const value = found()
    if (value !== undefined) return value
    if (Date.now() > deadline) throw new Error(`did not see ${what}`)
    await wait(20)
  }
}
