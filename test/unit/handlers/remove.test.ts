import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '../../../src/handlers/kind.ts'
import { cookie } from '../../../src/handlers/mutators/cookie.ts'
import { header } from '../../../src/handlers/mutators/header.ts'
import { readSession } from '../../../src/handlers/mutators/hydrator/answer.ts'
import { noop } from '../../../src/handlers/mutators/noop.ts'
import { remove } from '../../../src/handlers/mutators/remove.ts'
import type { Session } from '../../../src/model/session.ts'
import { ownHeaders } from '../../../src/model/session.ts'
import { compileRemoval } from '../../../src/rules/compiling/remove-credentials.ts'
import { createChanges } from '../../../src/rules/owned.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo, sessionOf } from '../../support/request.ts'

type Pairs = readonly (readonly [string, string])[]

const removing = (config: { headers?: string[]; cookies?: string[] }): Step =>
  remove.create({ headers: [], cookies: [], ...config }, testDeps)
const setting = (headers: Record<string, string>): Step => header.create({ headers }, testDeps)
const settingCookies = (cookies: Record<string, string>): Step =>
  cookie.create({ cookies }, testDeps)

/** What the upstream gets of the client's and the rule's headers. */
async function after(sent: Pairs, ...steps: readonly Step[]) {
  const request = requestTo('http://h/', { headers: sent })
  let session: Session = sessionOf(request)
  for (const step of steps) {
    const outcome = await step(session, request)
    assert.ok(outcome.kind === 'session', JSON.stringify(outcome))
    session = outcome
  }
  const changes = createChanges('r', [], [])(session, request.headers, '')
  const removed = new Set(changes.remove.map(name => name.toLowerCase()))
  const set = Object.fromEntries([...ownHeaders(session)].map(([name, [value]]) => [name, value]))
  const names = new Set(Object.keys(set).map(name => name.toLowerCase()))
  const kept = sent.filter(
    ([name]) => !removed.has(name.toLowerCase()) && !names.has(name.toLowerCase()),
  )
  return { kept, set, changes }
}

test('a header is removed in every spelling, and others stay', async () => {
  const { kept, changes } = await after(
    [
      ['X-Debug', '1'],
      ['x_debug', '2'],
      ['X.Debug', '3'],
      ['X-Debugger', '4'],
    ],
    removing({ headers: ['x-debug'] }),
  )
  assert.deepEqual(kept, [['X-Debugger', '4']])
  assert.deepEqual(changes.remove, ['X-Debug', 'X_debug', 'X.debug'])
})

test('a star stands for any ending, in every spelling', async () => {
  const { kept } = await after(
    [
      ['X-Internal-User', '1'],
      ['x_internal_role', '2'],
      ['X.Internal.', '3'],
      ['X-Internal', '4'],
      ['Host', 'h'],
    ],
    removing({ headers: ['X-Internal-*'] }),
  )
  assert.deepEqual(kept, [
    ['X-Internal', '4'],
    ['Host', 'h'],
  ])
})

test('a name is removed even where the door does not see it', async () => {
  const { changes } = await after([], removing({ headers: ['X-Debug'] }))
  assert.deepEqual(changes.remove, ['X-Debug', 'X_debug'])
})

test('what a later mutator sets stays, what an earlier one has set is removed', async () => {
  const sent: Pairs = [['X-A', 'client']]
  const remover = removing({ headers: ['X-*'] })
  const later = await after(sent, remover, setting({ 'X-A': 'rule' }))
  assert.deepEqual([later.set, later.kept], [{ 'X-A': 'rule' }, []])
  assert.ok(!later.changes.remove.includes('X-A'))
  const earlier = await after(sent, setting({ 'X-A': 'rule' }), remover)
  assert.deepEqual([earlier.set, earlier.kept], [{}, []])
})

test('noop does not bring a removed header back', async () => {
  const echo = noop.create({}, testDeps)
  const { kept, changes } = await after(
    [
      ['X-A', '1'],
      ['Cookie', 'a=1'],
    ],
    removing({ headers: ['X-A'], cookies: ['a'] }),
    echo,
  )
  assert.deepEqual(kept, [])
  assert.deepEqual(changes.remove, ['X-A', 'X_a', 'Cookie'])
})

test('a cookie is removed from every line, and the others stay byte for byte', async () => {
  const sent: Pairs = [
    ['Cookie', 'a="1 2"; debug=x;  b=%C3%A4'],
    ['Cookie', 'debug="y"; debug_x; c'],
  ]
  const { set } = await after(sent, removing({ cookies: ['debug', 'debug_*'] }))
  assert.equal(set['Cookie'], 'a="1 2";  b=%C3%A4; c')
})

test('without other cookies the header is removed', async () => {
  const { set, kept, changes } = await after([['Cookie', 'a=1']], removing({ cookies: ['a'] }))
  assert.deepEqual([set, kept, changes.remove], [{}, [], ['Cookie']])
})

test('cookies are compared with case', async () => {
  const { set } = await after([['Cookie', 'A=1; a=2']], removing({ cookies: ['a'] }))
  assert.equal(set['Cookie'], 'A=1')
})

test('the mutator cookie does not bring a removed cookie back', async () => {
  const sent: Pairs = [['Cookie', 'a=client; b=2']]
  const remover = removing({ cookies: ['a'] })
  const others = await after(sent, remover, settingCookies({ c: '3' }))
  assert.equal(others.set['Cookie'], 'c=3; b=2')
  const again = await after(sent, remover, settingCookies({ a: 'rule' }))
  assert.equal(again.set['Cookie'], 'a=rule; b=2')
  const before = await after(sent, settingCookies({ a: 'rule' }), remover)
  assert.equal(before.set['Cookie'], 'b=2')
})

test('neither do several removals, remove_credential and a hydrator', async () => {
  const sent: Pairs = [['Cookie', 'a=1; b=2; c=3']]
  const [one, two] = [removing({ cookies: ['a'] }), removing({ cookies: ['b'] })]
  assert.equal((await after(sent, one, two)).set['Cookie'], 'c=3')
  const credential = compileRemoval([{ in: 'cookie', name: 'c' }]).step?.run as Step
  const left = await after(sent, one, two, credential)
  assert.deepEqual([left.set, left.kept], [{}, []])
  const all = await after([['Cookie', 'a=1']], one, credential)
  assert.deepEqual([all.set, all.kept], [{}, []])
  const hydrated = await after(sent, one, session =>
    readSession(session, { subject: '', extra: null, header: {} }),
  )
  assert.deepEqual([hydrated.set, hydrated.kept], [{}, []])
})

test('names that cannot be removed, and no name, are mistakes', () => {
  const problems: readonly (readonly [{ headers?: string[]; cookies?: string[] }, RegExp])[] = [
    [{}, /neither headers nor cookies/],
    [{ headers: ['*'] }, /headers: found "\*", expected a name, or the beginning/],
    [{ headers: ['X-*-Y'] }, /"\*" only at its end/],
    [{ headers: ['X Y'] }, /headers: found "X Y", expected the name of a header/],
    [{ headers: [':path'] }, /expected the name of a header/],
    [{ headers: ['Host'] }, /not of the connection/],
    [{ headers: ['Transfer_Encoding'] }, /not of the connection/],
    [{ cookies: ['*'] }, /cookies: found "\*"/],
    [{ cookies: ['a;b'] }, /cookies: found "a;b", expected the name of a cookie/],
  ]
  for (const [config, problem] of problems) assert.throws(() => removing(config), problem)
})

test('names of JavaScript are ordinary names', async () => {
  const { kept } = await after(
    [
      ['constructor', '1'],
      ['__proto__', '2'],
    ],
    removing({ headers: ['__proto__'], cookies: ['constructor'] }),
  )
  assert.deepEqual(kept, [['constructor', '1']])
})
