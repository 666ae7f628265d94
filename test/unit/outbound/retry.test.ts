import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Failure, failure } from '../../../src/model/failure.ts'
import type { Http, HttpReply } from '../../../src/outbound/http.ts'
import { sendWithRetry } from '../../../src/outbound/retry.ts'

const reply = (status: number, headers: Readonly<Record<string, string>> = {}): HttpReply => ({
  kind: 'http_reply',
  status,
  headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
  body: Buffer.alloc(0),
})
const broken = failure('bad_gateway', { message: 'no answer' })

/** Gives these answers in turn, the last one forever. */
function service(...answers: (HttpReply | Failure)[]): Http & { calls: number } {
  const http = {
    calls: 0,
    send: () => {
      http.calls += 1
      const answer = answers[Math.min(http.calls, answers.length) - 1]
      return answer
        ? Promise.resolve(answer)
        : Promise.reject(new Error('there is no further answer'))
    },
    close: () => Promise.resolve(),
  }
  return http
}

const policy = { attempts: 5, wait: () => 1, retryAfterMost: 5 }
const makeCall = () => ({ method: 'POST', url: 'http://x.test/' })

test('a good answer is returned without a retry', async () => {
  for (const status of [200, 201, 302, 400, 403, 404, 501]) {
    const http = service(reply(status))
    assert.deepEqual(await sendWithRetry(http, makeCall, policy), reply(status))
    assert.equal(http.calls, 1, String(status))
  }
})

test('temporary failures are retried, and the last outcome is returned', async () => {
  for (const outcome of [reply(500), reply(503), reply(429), broken]) {
    const http = service(outcome)
    assert.deepEqual(await sendWithRetry(http, makeCall, policy), outcome)
    assert.equal(http.calls, 5)
  }
})

test('the first good answer ends the retries', async () => {
  const http = service(reply(500), broken, reply(200))
  assert.deepEqual(await sendWithRetry(http, makeCall, policy), reply(200))
  assert.equal(http.calls, 3)
})

test('a service cannot ask for a long wait', async () => {
  const http = service(reply(503, { 'Retry-After': '86400' }), reply(200))
  assert.deepEqual(await sendWithRetry(http, makeCall, policy), reply(200))
})

test('retries end when the caller has disconnected', async () => {
  const controller = new AbortController()
  const http = service(reply(503))
  const outcome = sendWithRetry(http, () => ({ ...makeCall(), signal: controller.signal }), {
    ...policy,
    wait: () => 60_000,
  })
  setTimeout(() => controller.abort(), 5)
  assert.deepEqual(await outcome, reply(503))
  assert.equal(http.calls, 1)
})
