import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../conformance/ports.ts'
import { type Ask, asker } from './ask.ts'
import type { Issuer } from './issuer.ts'
import { loadGrpc, loadHttp, type Order } from './load.ts'
import { type Running, start } from './process.ts'
import { middle } from './request.ts'
import { usage } from './stat.ts'
import type { Cell, Launch, Measured, Place, System } from './types.ts'

export interface Tokens {
  readonly warm: readonly string[]
  readonly measured: readonly string[]
}
export interface Run {
  readonly system: System
  readonly cell: Cell
  readonly tokens: Tokens
  readonly seconds: number
}

const longestWait = 60_000
/** Seconds: a runtime with a JIT compiler needs some time to get fast. */
const warmUp = 2

/** Starts a system, makes sure that it decides correctly, warms it up, loads it, ends it. */
export async function measure(run: Run, issuer: Issuer): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const place = await createPlace(folder, issuer)
  const launch = run.system.prepare(run.cell, place)
  const began = performance.now()
  const server = start(launch.argv, launch.env, folder)
  try {
    const ask = asker(run.cell, launch, place.port)
    await untilReady(ask, server, run)
    const startTime = performance.now() - began
    await verify(ask, run)
    return { startTime, ...(await underLoad(run, { place, launch, server })) }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const createPlace = async (folder: string, { url, jwks }: Issuer): Promise<Place> => ({
  folder,
  port: await freePort(),
  spare: [await freePort(), await freePort(), await freePort()],
  issuer: url,
  jwks,
})

/** A system is ready when it allows the last rule's caller: all rules are loaded then. */
async function untilReady(ask: Ask, server: Running, { cell, tokens }: Run): Promise<void> {
  const deadline = Date.now() + longestWait
  while ((await ask(cell.rules - 1, tokens.warm[0])) === undefined) {
    if (server.ended()) throw new Error(`the server ended by itself:\n${server.log()}`)
    if (Date.now() > deadline) throw new Error(`the server is not ready:\n${server.log()}`)
    await wait(5)
  }
}

/** A server that allows everything would be fast: the test also sends a request that must be denied. */
async function verify(ask: Ask, { system, cell, tokens }: Run): Promise<void> {
  const token = tokens.warm[0]
  const user = cell.callers === 'jwt' ? 'alice' : 'guest'
  const allowed = await ask(middle(cell.rules), token)
  if (allowed !== user) throw new Error(`${system.name} names the caller ${allowed}, not ${user}`)
  const refused = [await ask(cell.rules, token)]
  if (token !== undefined) refused.push(await ask(0), await ask(0, forged(token)))
  if (refused.some(answer => answer !== undefined))
    throw new Error(`${system.name} allows everybody`)
}

/** The same token with another signature. */
export function forged(token: string): string {
  const at = token.lastIndexOf('.') + 10
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}

interface Started {
  readonly place: Place
  readonly launch: Launch
  readonly server: Running
}

async function underLoad(
  run: Run,
  { place, launch, server }: Started,
): Promise<Omit<Measured, 'startTime'>> {
  const { cell, tokens, seconds } = run
  const load = cell.door === 'http' ? loadHttp : loadGrpc
  const once = cell.token === 'new'
  const { folder, port } = place
  const order: Order = {
    folder,
    port,
    prefix: launch.prefix,
    rules: cell.rules,
    seconds,
    tokens: [],
    once,
    calls: cell.calls ?? { connections: 4, streams: 16 },
  }
  await wait(1000)
  const fresh = usage(server.group)
  await load({ ...order, seconds: warmUp, tokens: tokens.warm })
  const before = usage(server.group)
  const seen = await load({ ...order, tokens: tokens.measured })
  const after = usage(server.group)
  if (seen.failures > 0)
    throw new Error(`${run.system.name}: ${seen.failures} requests failed:\n${server.log()}`)
  const cpu = (after.cpu - before.cpu) / seen.requests
  return { ...seen, cpu, residentAtStart: fresh.resident, residentAfter: after.resident }
}
