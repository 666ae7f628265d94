/** Requests whose pseudo-headers are malformed end their stream and nothing else (RFC 9113, 8.3.1). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, checkHeaders, field, flag, frame, type } from '../../faults/http2-frames.ts'
import { dataOf, goawayCode, openCheckPeer, resetCode } from '../../support/http2-peer.ts'

const path = '/envoy.service.auth.v3.Authorization/Check'
const message = Buffer.from('message')

type Head = Readonly<Record<string, string>>

const usual: Head = {
  ':method': 'POST',
  ':scheme': 'http',
  ':path': path,
  ':authority': 'oarlock',
  'content-type': 'application/grpc',
}

async function answerTo(head: Head): Promise<'answered' | number | undefined> {
  const peer = await openCheckPeer()
  const fields = Object.entries({ ...usual, ...head }).map(([name, value]) => field(name, value))
  const body = check(3, message).subarray(9 + checkHeaders.length)
  body.writeUInt32BE(1, 5)
  const block = { type: type.headers, flags: flag.endHeaders, stream: 1 }
  await peer.write(frame({ ...block, payload: Buffer.concat(fields) }), body, check(3, message))
  assert.equal(goawayCode(peer), undefined)
  assert.equal(dataOf(peer, 3).length, message.length + 5)
  return dataOf(peer, 1).length > 0 ? 'answered' : resetCode(peer, 1)
}

const malformed: readonly (readonly [name: string, value: string])[] = [
  [':method', 'g t'],
  [':method', ''],
  [':method', 'PO/ST'],
  [':method', 'POST\u0001'],
  [':scheme', ''],
  [':scheme', '1http'],
  [':scheme', 'ht tp'],
  [':path', ''],
  [':path', '*'],
  [':path', `${path} x`],
  [':path', '/a b'],
  [':path', '/a\tb'],
  [':path', `${path}#a`],
  [':path', `http://x${path}`],
  [':path', 'x'],
  [':authority', 'u@x y'],
  [':authority', 'user@oarlock'],
  [':authority', 'a b'],
  [':authority', 'a/b'],
  [':authority', 'a?b'],
]

for (const [name, value] of malformed) {
  test(`${name} of ${JSON.stringify(value)} is malformed`, async () => {
    assert.equal(await answerTo({ [name]: value }), 1)
  })
}

for (const [name, value] of [
  [':scheme', 'https'],
  [':scheme', 'unix+x'],
  [':authority', ''],
  [':authority', '[::1]:4457'],
  [':authority', '%2Frun%2Foarlock.sock'],
] as const) {
  test(`${name} of ${JSON.stringify(value)} is answered`, async () => {
    assert.equal(await answerTo({ [name]: value }), 'answered')
  })
}

test('* is a path of OPTIONS', async () => {
  assert.equal(await answerTo({ ':method': 'OPTIONS', ':path': '*' }), undefined)
})
