import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzzHttp2 } from './http2/rounds.ts'
import { answersTo, assertSameCut, recordSessions } from './http2/sessions.ts'

const time = 3000

for (const kind of ['frames', 'hpack', 'sessions'] as const) {
  test(`random ${kind} neither break HTTP/2 nor get an answer that is not theirs`, async t => {
    await fuzzHttp2(t, kind, { seed: 1, time, say: text => t.diagnostic(text) })
  })
}

test('sessions of node:http2 and grpc-js get the same answers wherever they are cut', async t => {
  for (const session of await recordSessions(t)) {
    for (let at = 0; at <= session.length; at += 1) await assertSameCut(session, at)
    const bytes = [...session].map(byte => Buffer.of(byte))
    assert.deepEqual(await answersTo(bytes), await answersTo([session]))
  }
})
