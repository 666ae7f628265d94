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
  await until(opens, 'it opens again')
  upstream.take()
}

/** Ends the scene's Oarlock and starts another in its place. */
export async function down(scene: Scene): Promise<void> {
  await scene.ask({ target: '/public/news' }) // a connection to Oarlock may be kept
  scene.upstream.take()
  await scene.oarlock.stop()
  await isClosed(scene)
  await scene.again(scene.oarlock)
  await opensAgain(scene)
}

/** The process stands still: connections are accepted, and nothing answers. */
export async function slow(scene: Scene): Promise<void> {
  const began = performance.now()
  scene.oarlock.signal('SIGSTOP')
  try {
    await isClosed(scene)
  } finally {
    scene.oarlock.signal('SIGCONT')
  }
  const waited = performance.now() - began
  assert(waited < scene.traits.patience, `${waited} ms`)
  await opensAgain(scene)
}
