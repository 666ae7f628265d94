import assert from 'node:assert/strict'
import { test } from 'node:test'
import { query } from '../../../src/handlers/mutators/query.ts'
import { bytesOf } from '../../../src/lib/bytes.ts'
import { type Session, withSession } from '../../../src/model/session.ts'
import { createChanges } from '../../../src/rules/owned.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo, sessionOf } from '../../support/request.ts'

interface Config {
  readonly set?: Record<string, string>
  readonly remove?: string[]
}

const step = ({ set = {}, remove = [] }: Config) => query.create({ set, remove }, testDeps)

async function after(text: string, ...configs: readonly Config[]) {
  const request = requestTo(`http://h/?${text}`)
  let session: Session = withSession(sessionOf(request), { subject: 'alice' })
  for (const config of configs) {
    const outcome = await step(config)(session, request)
    assert.ok(outcome.kind === 'session', JSON.stringify(outcome))
    session = outcome
  }
  const { query: changes } = createChanges('r', [], ['key'])(session, request.headers, text)
  return { set: Object.fromEntries(changes.set), remove: changes.remove }
}

test("a parameter that is set replaces the client's, in every spelling", async () => {
  const user = { set: { user: '{{ print .Subject }}' } }
  assert.deepEqual(await after('user=root&us%65r=x&a=1', user), {
    set: { user: 'alice' },
    remove: ['user', 'us%65r'],
  })
  assert.deepEqual(await after('', user), { set: { user: 'alice' }, remove: [] })
})

test('names and beginnings of names are removed', async () => {
  assert.deepEqual(await after('a=1&debug_x=2&debug=3&d%65bug_y', { remove: ['a', 'debug_*'] }), {
    set: {},
    remove: ['a', 'debug_x', 'd%65bug_y'],
  })
})

test('later mutators win, and remove before they set', async () => {
  const one = { set: { a: '1', b: '2' } }
  assert.deepEqual((await after('', one, { remove: ['a'], set: { c: '3' } })).set, {
    b: '2',
    c: '3',
  })
  assert.deepEqual((await after('', one, { remove: ['a'], set: { a: '3' } })).set, {
    b: '2',
    a: '3',
  })
  assert.deepEqual(await after('a=0', { remove: ['a'] }, one), {
    set: { a: '1', b: '2' },
    remove: ['a'],
  })
})

test('a credential that must be removed is removed in any case', async () => {
  const changes = await after('k%65y=1', { set: { key: 'a', b: '2' } })
  assert.deepEqual(changes, { set: { b: '2' }, remove: ['k%65y'] })
})

test('bytes beyond ASCII and names of JavaScript are ordinary', async () => {
  const set = JSON.parse('{"__proto__": "1", "constructor": "2"}')
  const { set: own } = await after('__proto__=3', { set: { ...set, [bytesOf('ö')]: 'x' } })
  assert.equal(own['constructor'], '2')
  assert.equal(own[bytesOf('ö')], 'x')
})

test('a mistake names its key', () => {
  assert.throws(() => step({}), /neither set nor remove/)
  assert.throws(() => step({ remove: ['*'] }), /remove: found "\*"/)
  assert.throws(() => step({ set: { '': 'a' } }), /set: found an empty name/)
  assert.throws(() => step({ set: { a: '{{ nofunc }}' } }), /set\.a: .*nofunc/)
})

test('a template that fails is a failure of the request', async () => {
  const request = requestTo('http://h/')
  const outcome = await step({ set: { a: '{{ index .Extra.list 7 }}' } })(
    sessionOf(request),
    request,
  )
  assert.ok(outcome.kind === 'failure' && outcome.code === 'internal_server_error')
})
