import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../conformance/ports.ts'
import { type Ask, asker } from './ask.ts'
import type { Issuer } from './issuer.ts'
import { type Running, start } from './process.ts'
import { middle } from './request.ts'
import type { Launch, Place, Scene, System } from './types.ts'

/** A system that decides correctly. */
export interface Started {
  readonly place: Place
  readonly launch: Launch
  readonly server: Running
  readonly ask: Ask
  /** Milliseconds from the start of the process to its first right answer. */
  readonly startTime: number
}

export interface Subject {
  readonly system: System
  readonly scene: Scene
  /** Of a caller who is allowed. */
  readonly token?: string | undefined
}

const longestWait = 180_000

/** Starts a system, makes sure that it decides correctly, uses it, ends it. */
export async function withStarted<T>(
  subject: Subject,
  issuer: Issuer,
  use: (started: Started) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const place = await createPlace(folder, issuer)
  const launch = subject.system.prepare(subject.scene, place)
  const began = performance.now()
  const server = start(launch.argv, launch.env, folder)
  try {
    const ask = asker(subject.scene, launch, place.port)
    await untilReady(ask, server, subject)
    const startTime = performance.now() - began
    await verify(ask, subject)
    return await use({ place, launch, server, ask, startTime })
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
async function untilReady(ask: Ask, server: Running, { scene, token }: Subject): Promise<void> {
  const deadline = Date.now() + longestWait
  while ((await ask(scene.rules - 1, token)) === undefined) {
    if (server.ended()) throw new Error(`the server ended by itself:\n${server.log()}`)
    if (Date.now() > deadline) throw new Error(`the server is not ready:\n${server.log()}`)
    await wait(5)
  }
}

/** A server that allows everything would be fast: the test also sends a request that must be denied. */
async function verify(ask: Ask, { system, scene, token }: Subject): Promise<void> {
  const user = scene.callers === 'jwt' ? 'alice' : 'guest'
  const allowed = await ask(middle(scene.rules), token)
  if (allowed !== user) throw new Error(`${system.name} names the caller ${allowed}, not ${user}`)
  const refused = [await ask(scene.rules, token)]
  if (token !== undefined) refused.push(await ask(0), await ask(0, forged(token)))
  if (refused.some(answer => answer !== undefined))
    throw new Error(`${system.name} allows everybody`)
}

/** The same token with another signature. */
export function forged(token: string): string {
  const at = token.lastIndexOf('.') + 10
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}
