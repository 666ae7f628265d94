/** An example of envoy-examples, started as it is but for its ports. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Child } from '../support/child.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { startEnvoy } from '../support/envoy.ts'
import { root } from '../support/folder.ts'
import { startOarlock } from '../support/oarlock.ts'
import { freePort } from '../support/ports.ts'
import type { Upstream } from '../support/upstream.ts'

export interface Example {
  /** Where clients connect. */
  readonly port: number
  readonly envoy: Child
  readonly oarlock: Child
}

export async function startExample(
  t: Cleanup,
  name: 'grpc' | 'http',
  upstream: Upstream,
): Promise<Example> {
  const folder = join(root, 'envoy-examples', name)
  const config = parse(readFileSync(join(folder, 'oarlock.yaml'), 'utf8'))
  const oarlock = await startOarlock(t, { config })
  const port = await freePort()
  const moved = new Map([
    [10_000, port],
    [10_001, upstream.port],
    [4456, oarlock.api],
    [4457, oarlock.grpc],
  ])
  const bootstrap = parse(readFileSync(join(folder, 'envoy.yaml'), 'utf8'), (key, value) =>
    key === 'port_value' ? newPort(moved, value) : value,
  )
  return { port, oarlock, envoy: await startEnvoy(t, bootstrap) }
}

function newPort(moved: ReadonlyMap<unknown, number>, documented: unknown): number {
  const port = moved.get(documented)
  if (port === undefined) throw new Error(`the example uses an unknown port ${documented}`)
  return port
}

/** The token of the quickstart: alice, who may read orders. */
export const token = readFileSync(join(root, 'deploy/quickstart/token.txt'), 'utf8').trim()
export const bearer = ['Authorization', `Bearer ${token}`] as const
