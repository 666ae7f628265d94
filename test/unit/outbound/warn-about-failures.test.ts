import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Failure, failure } from '../../../src/model/failure.ts'
import {
  type CallProblem,
  type Http,
  type HttpCall,
  type HttpReply,
  warnAboutFailures,
} from '../../../src/outbound/http.ts'

const reply = (status: number): HttpReply => ({
  kind: 'http_reply',
  status,
  headers: new Map(),
  body: Buffer.alloc(0),
})

/** A client with this answer, and the reports; the clock moves only when the test sets it. */
function bench() {
  const state = { now: 1000, answer: reply(503) as HttpReply | Failure }
  const reported: CallProblem[] = []
  const inner: Http = { send: async () => state.answer, close: async () => undefined }
  const http = warnAboutFailures(inner, {
    now: () => state.now,
    warn: problem => reported.push(problem),
  })
  const call = (url: string, more: Partial<HttpCall> = {}) =>
    http.send({ method: 'GET', url, ...more })
  return { state, reported, call }
}

test('one warning per origin, cause and ten seconds, with the number of suppressed ones', async () => {
  const { state, reported, call } = bench()
  for (const path of ['a', 'b', 'c']) await call(`http://h/${path}?secret=1`)
  await call('http://other/a')
  state.answer = reply(500)
  await call('http://h/a')
  state.answer = reply(503)
  state.now += 9_999
  await call('http://h/d')
  state.now += 1
  await call('http://me:password@h/e?secret=1#f')
  assert.deepEqual(
    reported.map(({ url, problem, suppressed }) => [url, problem, suppressed]),
    [
      ['http://h/a', 'answered with status 503', 0],
      ['http://other/a', 'answered with status 503', 0],
      ['http://h/a', 'answered with status 500', 0],
      ['http://h/e', 'answered with status 503', 3],
    ],
  )
})

test('the stored state is bounded, for any number of origins', async () => {
  const { reported, call } = bench()
  for (let i = 0; i < 300; i++) await call(`http://h${i}/`)
  await call('http://h299/')
  assert.equal(reported.length, 300)
  await call('http://h0/')
  assert.equal(reported.length, 301)
})

test('a caller that disconnected, and a call that its caller ended, are not reported', async () => {
  const { state, reported, call } = bench()
  state.answer = failure('gateway_timeout', {
    message: 'm',
    reason: 'GET http://h/: no answer in time',
  })
  const ended = (reason: unknown) => {
    return {
      aborted: true,
      reason,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    }
  }
  await call('http://h/', { signal: ended('caller gone') })
  await call('http://h/', { signal: ended(undefined) })
  assert.deepEqual(reported, [])
  await call('http://h/', { signal: ended('deadline passed') })
  assert.deepEqual(
    reported.map(({ problem }) => problem),
    ['no answer in time'],
  )
})

test('answers below 500 are not reported', async () => {
  const { state, reported, call } = bench()
  for (const status of [200, 302, 401, 403, 404, 429]) {
    state.answer = reply(status)
    await call('http://h/')
  }
  assert.deepEqual(reported, [])
})
