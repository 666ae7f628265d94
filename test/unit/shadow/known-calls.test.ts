import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Http, HttpReply } from '../../../src/outbound/http.ts'
import { createKnownCalls } from '../../../src/shadow/known-calls.ts'

const reply = (body: string): HttpReply => ({
  kind: 'http_reply',
  status: 200,
  headers: new Map(),
  body: Buffer.from(body),
})

const service = (body = 'yes'): Http & { readonly made: string[] } => {
  const made: string[] = []
  return {
    made,
    send: async ({ url }) => {
      made.push(url)
      return reply(body)
    },
    close: async () => undefined,
  }
}

function counting() {
  const calls = createKnownCalls()
  let count = 0
  calls.listen(() => {
    count += 1
  })
  return { calls, missed: () => count }
}

const call = { method: 'POST', url: 'http://opa/v1', headers: { Authorization: 'a' }, body: 'x' }

test('an identical call gets the answer of before, and none is made', async () => {
  const { calls, missed } = counting()
  const outside = service()
  await calls.remember(outside).send(call)
  const known = await calls.http.send({ ...call })
  assert.equal(known.kind === 'http_reply' && known.body.toString(), 'yes')
  assert.deepEqual([outside.made.length, missed()], [1, 0])
})

const others = {
  'another method': { ...call, method: 'PUT' },
  'another URL': { ...call, url: 'http://opa/v2' },
  'another header': { ...call, headers: { Authorization: 'b' } },
  'a passed header': { ...call, passed: new Map([['Cookie', ['c']]]) },
  'another body': { ...call, body: 'y' },
  'the same letters elsewhere': { ...call, headers: { Authorization: 'ax' }, body: '' },
}

for (const [name, other] of Object.entries(others)) {
  test(`${name} is another call`, async () => {
    const { calls, missed } = counting()
    await calls.remember(service()).send(call)
    const answer = await calls.http.send(other)
    assert.equal(answer.kind === 'failure' && answer.code, 'bad_gateway')
    assert.equal(missed(), 1)
  })
}

test('a body that is a stream is never known', async () => {
  const { calls, missed } = counting()
  async function* body() {
    yield Buffer.from('x')
  }
  await calls.remember(service()).send({ ...call, body: body() })
  await calls.http.send({ ...call, body: body() })
  assert.equal(missed(), 1)
})

test('a large answer is not kept', async () => {
  const { calls, missed } = counting()
  await calls.remember(service('x'.repeat(100_000))).send(call)
  await calls.http.send(call)
  assert.equal(missed(), 1)
})
