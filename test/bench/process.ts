import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

export interface Running {
  /** Its process group: the process and all processes that it starts. */
  readonly group: number
  readonly ended: () => boolean
  readonly log: () => string
  readonly stop: () => Promise<void>
}

const groups = new Set<number>()
process.once('exit', () => groups.forEach(group => void kill(group, 'SIGKILL')))

export function start(
  [program = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  folder: string,
): Running {
  const path = join(folder, 'server.log')
  const out = openSync(path, 'a')
  const environment = { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder, ...env }
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', out, out],
    env: environment,
  })
  closeSync(out)
  child.on('error', () => undefined) // so that it shows as ended
  const group = child.pid ?? -1
  if (group > 0) groups.add(group)
  return {
    group,
    ended: () => group < 0 || hasEnded(child),
    log: () => readFileSync(path, 'utf8').slice(-2000),
    stop: () => stop(child, group),
  }
}

const hasEnded = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null

async function stop(child: ChildProcess, group: number): Promise<void> {
  kill(group, 'SIGTERM')
  for (let waited = 0; waited < 4000 && !hasEnded(child); waited += 20) await wait(20)
  kill(group, 'SIGKILL')
  while (group > 0 && !hasEnded(child)) await wait(20)
  groups.delete(group)
}

function kill(group: number, signal: NodeJS.Signals): boolean {
  try {
    return group > 0 && process.kill(-group, signal)
  } catch {
    return false // the group is empty
  }
}

/** Runs a program to its end; returns both its outputs. Throws when it fails. Interrupts it once it prints `last`. */
export function run(program: string, args: readonly string[], last?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let interrupting: NodeJS.Timeout | undefined
    const read = (part: Buffer) => {
      output += part
      if (last === undefined || !output.includes(last)) return
      interrupting ??= setInterval(() => child.kill('SIGINT'), 10)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('error', reject)
    child.on('close', code => {
      clearInterval(interrupting)
      if (code === 0) resolve(output)
      else reject(new Error(`${program} ended with ${code}:\n${output}`))
    })
  })
}
