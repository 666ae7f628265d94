import assert from 'node:assert/strict'
import type { Scene } from '../scene.ts'

const handshake = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
  ['X-User', 'root'],
] as const

export async function websocket({ ask, askAsAlice, upstream }: Scene): Promise<void> {
  const target = '/orders/events'
  const opened = await askAsAlice({ target, headers: handshake })
  assert.equal(opened.status, 101)
  assert.deepEqual(opened.all('sec-websocket-accept'), ['s3pPLMBiTxaQ9kYGzzhZRbK+xOo='])
  assert.deepEqual(upstream.only().all('x-user'), ['alice'])

  assert.equal((await ask({ target, headers: handshake })).status, 401)
  assert.equal((await askAsAlice({ target: '/admin', headers: handshake })).status, 403)
  assert.deepEqual(upstream.take(), [])
}
