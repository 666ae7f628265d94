import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../../src/handlers/kind.ts'
import type { JsonObject } from '../../../src/lib/json.ts'
import { failure, message } from '../../../src/model/failure.ts'
import { createAnswer, createFallback } from '../../../src/rules/answer.ts'
import type { Runnable } from '../../../src/rules/compiling/section.ts'
import { requestTo, sessionOf } from '../../support/request.ts'

const request = requestTo('http://h/', {
  headers: [
    ['Accept', 'text/html'],
    ['X-Request-ID', 'id-7'],
  ],
})
const answerOf = (own: readonly Parameters<typeof createAnswer>[0][number]['runnable'][]) =>
  createAnswer(
    own.map(runnable => ({ runnable })),
    fallback,
    { sessionFor: sessionOf, parts: { scopes: ['read'] } },
  )

const forbidden = failure('forbidden', { message: message.forbidden })

const marked = (name: string, config: JsonObject = {}): Runnable<Answer, 'error'> => ({
  stage: 'error',
  handler: name,
  config,
  run: () => ({ kind: 'reply', status: 418, headers: new Map(), body: name }),
  owns: [],
  readsParsedBody: false,
  needsCaptures: [],
  answers: [],
  challenge: {},
  signsWith: undefined,
  credentials: [],
  warnings: [],
})

const fallback = createFallback(['json'], () => marked('fallback'))

test('a rule without error handlers uses the fallback', () => {
  assert.equal(answerOf([])(forbidden, request).body, 'fallback')
})

test('the one responsible handler of the rule answers', () => {
  const html = marked('html', { when: [{ request: { header: { accept: ['text/html'] } } }] })
  const image = marked('image', { when: [{ request: { header: { accept: ['image/png'] } } }] })
  assert.equal(answerOf([html, image])(forbidden, request).body, 'html')
  assert.equal(answerOf([image])(forbidden, request).body, 'fallback')
})

test('two responsible handlers are an error in every answer', () => {
  const reply = answerOf([marked('a'), marked('b')])(forbidden, request)
  assert.equal(reply.status, 500)
  assert.match(reply.body, /"reason":"Found more than one error handlers/)
  assert.match(reply.body, /"request":"id-7"/)
})

test('a fallback that is disabled or unknown is an error that names it', () => {
  const broken = createFallback(['magic'], () => ({
    kind: 'handler_problem',
    message: 'error "magic" does not exist',
  }))
  assert.match(broken(forbidden, request).body, /Fallback error handler \\"magic\\" was requested/)
})

test('no fallback at all is an error', () => {
  const none = createFallback([], () => marked('x'))
  assert.equal(none(forbidden, request).status, 500)
  assert.match(none(forbidden, request).body, /no matching error handling strategy was found/)
})

test('if a handler throws, the caller still gets the denial', () => {
  const broken = {
    ...marked('x'),
    run: () => {
      throw new Error('bug')
    },
  }
  const reply = answerOf([broken])(forbidden, request)
  assert.equal(reply.status, 500)
  assert.doesNotMatch(reply.body, /bug/)
})

test('every error handler gets what the authenticators of the rule say', () => {
  const got: unknown[] = []
  const noting = (name: string): Runnable<Answer, 'error'> => ({
    ...marked(name),
    run: (_, __, parts) => {
      got.push(parts)
      return { kind: 'reply', status: 401, headers: new Map(), body: name }
    },
  })
  const parts = { scopes: ['read'] }
  const options = { sessionFor: sessionOf, parts }
  const last = createFallback(['json'], () => noting('fallback'))
  createAnswer([{ runnable: noting('own') }], last, options)(forbidden, request)
  createAnswer([], last, options)(forbidden, request)
  last(forbidden, request)
  assert.deepEqual(got, [parts, parts, undefined])
})
