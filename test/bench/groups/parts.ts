/** What a process that answers gRPC holds in memory, by part: each part is loaded after the one before. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { until } from '../../support/until.ts'
import type { Bench, Group } from '../group.ts'
import { type Numbers, type Row, toRow } from '../result.ts'
import { withStarted } from '../started.ts'
import { oarlock } from '../systems.ts'
import type { Scene } from '../types.ts'

const [few, many] = [10, 10_000]
const system = 'oarlock'
const program = fileURLToPath(new URL('../parts.mjs', import.meta.url))
const serving = "Oarlock's own code, ports, ten rules"

interface Part extends Numbers {
  readonly part: string
}

export const parts: Group = async bench => {
  const small = await measureAll(bench, few)
  const large = await measureAll(bench, many)
  const added = large.map((seen, i) => difference(seen.at(-1), small[i]?.at(-1)))
  const names = (small[0] ?? []).map(({ part }) => part)
  const rows = names.map((part, i) =>
    rowOf(
      part,
      small.flatMap(seen => seen[i] ?? []),
    ),
  )
  return [...rows, rowOf(`${many} rules more`, added)]
}

const rowOf = (part: string, repeats: readonly Numbers[]): Row =>
  toRow({ load: part, at: {} }, system, repeats)

const difference = (one: Numbers = {}, other: Numbers = {}): Numbers => ({
  resident: (one.resident ?? 0) - (other.resident ?? 0),
  collected: (one.collected ?? 0) - (other.collected ?? 0),
})

async function measureAll(bench: Bench, rules: number): Promise<(readonly Part[])[]> {
  const all: (readonly Part[])[] = []
  for (let repeat = 0; repeat < bench.repeats; repeat++) all.push(await measure(bench, rules))
  for (const { part, resident } of all[0] ?? []) bench.note(`${rules} rules: ${part} ${resident}`)
  return all
}

const settling = 1500

function measure({ issuer }: Bench, rules: number): Promise<readonly Part[]> {
  const scene: Scene = { door: 'grpc', callers: 'anonymous', rules }
  const own = oarlock([process.execPath, '--expose-gc', program], {
    name: system,
    env: { SERVER: serving, SERVE_PROXY_ENABLED: 'false', SERVE_PROMETHEUS_ENABLED: 'false' },
  })
  const reporting = {
    ...own,
    prepare: (...given: Parameters<typeof own.prepare>) => {
      const launch = own.prepare(...given)
      return { ...launch, env: { ...launch.env, PARTS: fileIn(given[1].folder) } }
    },
  }
  return withStarted({ system: reporting, scene }, issuer, async ({ place, server }) => {
    await wait(settling)
    process.kill(server.group, 'SIGUSR2')
    const file = fileIn(place.folder)
    await until(() => textOf(file).includes(serving), 'the server has reported its memory')
    return textOf(file)
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Part)
  })
}

const fileIn = (folder: string): string => join(folder, 'parts.jsonl')
const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')
