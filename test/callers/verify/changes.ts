import assert from 'node:assert/strict'
import { token } from '../../envoy/example.ts'
import { ownCookies, theirs } from '../answered.ts'
import type { Scene } from '../scene.ts'

export async function answered({ ask, traits }: Scene): Promise<void> {
  const { header, cookies } = traits.answered
  const answer = await ask({ target: '/answered' })
  assert.deepEqual([answer.status, answer.text], [200, 'upstream'])
  const expected = header === 'replaced' ? 'DENY' : 'ALLOWALL'
  assert.deepEqual(answer.all('x-frame-options'), [expected])
  const lines = [theirs, ...ownCookies.slice(0, cookies)]
  assert.deepEqual([...answer.all('set-cookie')].sort(), lines.sort())
}

export async function credential({ ask, upstream, traits }: Scene): Promise<void> {
  const headers = [['X-Name', token]] as const
  const { status } = await ask({ target: '/used', headers })
  if (traits.namedBefore) {
    assert.deepEqual([status, upstream.take()], [401, []])
    return
  }
  assert.equal(status, 200)
  assert.deepEqual(upstream.only().all('x-name'), [])
}

export async function changed({ ask, upstream }: Scene): Promise<void> {
  const headers = [['X-Name', 'client']] as const
  assert.equal((await ask({ target: '/removed', headers })).status, 200)
  assert.deepEqual(upstream.only().all('x-name'), [])
  const { status } = await ask({ target: '/queried?to%6ben=x' })
  assert(status >= 500, `${status}`)
  assert.deepEqual(upstream.take(), [])
}
