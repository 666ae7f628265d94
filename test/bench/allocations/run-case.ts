/** Builds the program of the cases, and runs each in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { freePort, loopback } from '../../conformance/ports.ts'
import type { Cleanup } from '../../support/cleanup.ts'
import { root, temporaryFolder } from '../../support/folder.ts'
import { until } from '../../support/until.ts'
import type { Issuer } from '../issuer.ts'
import { openConnections } from '../open-connections.ts'
import { middle } from '../request.ts'
import { median } from '../result.ts'
import { oarlock } from '../systems.ts'
import type { Scene } from '../types.ts'

/** Bytes per decision. */
export interface Numbers {
  readonly allocated: number
  /** After a minor collection; only of served decisions. */
  readonly surviving: number | undefined
}

export interface Case {
  readonly kind: 'decide' | 'grpc' | 'served'
  readonly callers: Scene['callers']
  readonly rules: number
}

/** Packages are not bundled, so the program is below the root. */
export async function buildProgram(t: Cleanup, plugins: Plugin[] = []): Promise<string> {
  const cache = join(root, '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'allocations-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'child.js')
  await build({
    absWorkingDir: root,
    entryPoints: [fileURLToPath(new URL('child.ts', import.meta.url))],
    outfile,
    plugins,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  })
  return outfile
}

const flags = [
  '--expose-gc',
  // Compiles in the same thread: when code is optimised does not depend on the load of the machine.
  '--single-threaded',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
]

export interface Setup {
  readonly program: string
  readonly issuer: Issuer
}

export async function runCase(t: Cleanup, { program, issuer }: Setup, one: Case): Promise<Numbers> {
  const { callers, rules } = one
  const door = one.kind === 'grpc' ? 'grpc' : 'http'
  const port = await freePort()
  const { argv, env, prefix } = oarlock([]).prepare(
    { door, callers, rules },
    { ...(await placeOf(t, issuer)), port },
  )
  const token = callers === 'jwt' ? await issuer.tokens('RS256', 1) : []
  const args = [...flags, program, one.kind, argv.at(-1) ?? '', ...token]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], ...env },
  })
  t.after(() => void child.kill('SIGKILL'))
  const printed = text(child.stdout)
  if (one.kind === 'served') await loadUntilEnd(child, { port, prefix, rules })
  return numbersOf(await printed)
}

const placeOf = async (t: Cleanup, { url, jwks }: Issuer) => ({
  folder: temporaryFolder(t),
  spare: [await freePort(), await freePort(), await freePort()] as const,
  issuer: url,
  jwks,
})

function numbersOf(printed: string): Numbers {
  const { allocated, surviving } = JSON.parse(printed) as {
    readonly allocated: readonly number[]
    readonly surviving?: readonly number[]
  }
  return { allocated: median(allocated), surviving: surviving && meanOf(surviving) }
}

/** Requests in progress are counted in one round and missing in the next: their sum is nothing. */
const meanOf = (rounds: readonly number[]): number =>
  rounds.reduce((all, bytes) => all + bytes, 0) / rounds.length

interface Target {
  readonly port: number
  readonly prefix: string
  readonly rules: number
}

/** Requests in progress when garbage is collected. */
const connections = 32

/** The child ends when it has counted enough. */
async function loadUntilEnd(child: ChildProcess, target: Target): Promise<void> {
  let ended = false
  child.once('exit', () => {
    ended = true
  })
  const url = `http://${loopback}:${target.port}/health/alive`
  while (!ended && !(await isAnswered(url))) await wait(20)
  const rule = middle(target.rules)
  const opened = await openConnections(connections, { ...target, door: 'http', rule })
  // Connections break when the child ends.
  const afterBreak = (error: Error) => until(() => ended, `the child ends after: ${error.message}`)
  while (!ended) await opened.askAll().catch(afterBreak)
  opened.close()
}

const isAnswered = (url: string): Promise<boolean> =>
  fetch(url).then(
    answer => answer.ok,
    () => false,
  )
