import assert from 'node:assert/strict'
import { until } from '../../support/until.ts'
import type { Scene } from '../scene.ts'

const targets = ['/public/news', '/orders/7', '/admin']

async function isClosed({ askAsAlice, upstream }: Scene): Promise<void> {
  const answers = await Promise.all(targets.map(target => askAsAlice({ target })))
  for (const { status } of answers) assert(status >= 500 && status < 600, `${status}`)
  assert.deepEqual(upstream.take(), [])
}

async function opensAgain({ ask, upstream }: Scene): Promise<void> {
  const opens = async () => (await ask({ target: '/public/news' })).status === 200
  await until(opens, 'requests are allowed again')
  upstream.take()
}

/** Stops the Oarlock of the scene and starts another one in its place. */
export async function down(scene: Scene): Promise<void> {
  await scene.ask({ target: '/public/news' }) // the proxy may keep a connection to Oarlock
  scene.upstream.take()
  await scene.oarlock.stop()
  await isClosed(scene)
  await scene.again(scene.oarlock)
  await opensAgain(scene)
}

/** Stops the process with SIGSTOP: connections are accepted, and nothing answers. */
export async function slow(scene: Scene): Promise<void> {
  const began = performance.now()
  scene.oarlock.signal('SIGSTOP')
  try {
    await isClosed(scene)
  } finally {
    scene.oarlock.signal('SIGCONT')
  }
  const waited = performance.now() - began
  assert(waited < scene.traits.longestWait, `${waited} ms`)
  await opensAgain(scene)
}
