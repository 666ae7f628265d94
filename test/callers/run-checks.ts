import type { TestContext } from 'node:test'
import { type Check, cannot, checks } from './checks.ts'
import { type Scene, type Setup, startScene } from './scene.ts'
import { forbidden, redirect, unauthorized } from './verify/answers.ts'
import { down, slow } from './verify/failures.ts'
import { allow, claimed, claimedForUpstream, owned, spoofed } from './verify/headers.ts'
import { body, paths, query } from './verify/requests.ts'
import { websocket } from './verify/websocket.ts'

type Verify = (scene: Scene, t: TestContext) => Promise<void>

/** In the order in which they run: the last ones stop and end Oarlock. */
const verify: Readonly<Record<Check, Verify>> = {
  allow,
  spoofed,
  owned,
  unauthorized,
  forbidden,
  redirect,
  body,
  query,
  paths,
  websocket,
  slow,
  down,
}

const more: Readonly<Record<string, Verify>> = {
  'what a client says about its request changes no verdict': claimed,
  'and does not become another request at the upstream': claimedForUpstream,
}

export const allChecks = Object.keys(verify) as readonly Check[]

/** Checks with one proxy. What it cannot do stands in the test's name; the check proves what it does instead. */
export async function runChecks(
  t: TestContext,
  setup: Setup,
  names: readonly Check[] = allChecks,
): Promise<void> {
  const scene = await startScene(t, setup)
  t.beforeEach(() => void scene.upstream.take())
  for (const [name, run] of Object.entries(more)) await t.test(name, inner => run(scene, inner))
  for (const name of names) {
    await t.test(titleOf(setup, name), inner => verify[name](scene, inner))
  }
}

function titleOf({ caller }: Setup, name: Check): string {
  const why = cannot[caller][name]
  return why === undefined ? checks[name] : `${checks[name]}: cannot (${why})`
}
