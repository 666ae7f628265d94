import { type TestContext, test } from 'node:test'
import { cannot, type Check, checks } from './checks.ts'
import { type Scene, type Setup, startScene } from './scene.ts'
import { forbidden, redirect, unauthorized } from './verify/answers.ts'
import { down, slow } from './verify/failures.ts'
import { allow, claimed, claimedForUpstream, owned, spoofed } from './verify/headers.ts'
import { body, paths, query } from './verify/requests.ts'
import { websocket } from './verify/websocket.ts'

type Verify = (scene: Scene, t: TestContext) => Promise<void>

const verify: Readonly<Record<Check, Verify>> = {
  allow,
  spoofed,
  owned,
  unauthorized,
  forbidden,
  redirect: (scene, t) => redirect(t, scene),
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

/** All checks with one proxy. What it cannot do stands in the test's name; the check proves what it does instead. */
export const testCaller = (title: string, setup: Setup): void => {
  test(`${title} in front of Oarlock`, async t => {
    const scene = await startScene(t, setup)
    t.beforeEach(() => void scene.upstream.take())
    for (const [name, run] of Object.entries(more)) await t.test(name, inner => run(scene, inner))
    for (const [name, run] of Object.entries(verify)) {
      const why = cannot[setup.caller][name as Check]
      const what = checks[name as Check]
      await t.test(why === undefined ? what : `${what}: cannot (${why})`, inner =>
        run(scene, inner),
      )
    }
  })
}
