import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonical } from '../conformance/canonical.ts'
import { expand } from '../conformance/expand.ts'
import { writeScenario } from '../conformance/files.ts'
import { observe } from '../conformance/observe.ts'
import { waitReady } from '../conformance/ready.ts'
import { setStage } from '../conformance/scenario.ts'
import { startServer } from '../conformance/server-process.ts'
import type { DataMap, Request, Scenario } from '../conformance/types.ts'

/** One of the two systems, with its own stubs. */
export interface Side {
  readonly ask: (request: Request) => Promise<DataMap>
  readonly stop: () => Promise<void>
}

const data = new URL('../conformance/cases/none.yaml', import.meta.url).pathname

/** Rejects with the end of its log when it does not become ready. */
export async function startSide(command: string, scenario: Scenario): Promise<Side> {
  const folder = mkdtempSync(join(tmpdir(), 'differential-'))
  const stage = await setStage(data, folder, scenario)
  const config = writeScenario(stage.context, scenario, expand(scenario).rules)
  const server = await startServer({ command, config, folder, env: {} })
  const stop = async (): Promise<void> => {
    await server.stop()
    for (const stub of stage.stubs) stub.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const problem = await waitReady(stage, scenario, server)
  if (problem !== undefined) {
    const log = server.log().join('\n')
    await stop()
    throw new Error(`${problem}\n${log}`)
  }
  const ignore = scenario.ignore ?? []
  return { ask: async request => settled(await observe(stage, { ...request, ignore })), stop }
}

/**
 * Oathkeeper sends an empty Content-Type to `remote` if the client sent none: it is removed before calls are sorted,
 * since the order would depend on it.
 */
function settled(seen: DataMap): DataMap {
  const { calls } = seen
  if (!Array.isArray(calls)) return seen
  const whole = (calls as readonly DataMap[]).map(withoutEmptyType).sort((a, b) => {
    const [one, other] = [canonical(a), canonical(b)]
    return one < other ? -1 : one > other ? 1 : 0
  })
  return { ...seen, calls: whole }
}

function withoutEmptyType(call: DataMap): DataMap {
  const { 'content-type': type, ...headers } = call['headers'] as DataMap
  return type === '' ? { ...call, headers } : call
}
