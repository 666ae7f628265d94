import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf } from '../../../src/doors/request/headers.ts'
import type { HeaderMap } from '../../../src/model/headers.ts'
import type { MatchContext, Session } from '../../../src/model/session.ts'
import { createChanges } from '../../../src/rules/owned.ts'

const matchContext: MatchContext = {
  regexpCaptureGroups: [],
  rule: 'r',
  namedCaptures: new Map(),
  url: { scheme: '', host: '', path: '', rawPath: '', rawQuery: '', forceQuery: false },
  method: '',
  header: new Map(),
  contextExtensions: new Map(),
  client: {},
  metadata: {},
  body: undefined,
}

const sessionWith = (headers: HeaderMap | null, echoed?: HeaderMap): Session => ({
  kind: 'session',
  subject: 'alice',
  extra: null,
  headers,
  echoed,
  matchContext,
})

const changes = createChanges('r', ['X-User', 'X-Role'], [])
const remove = (session: Session, ...names: readonly string[]) =>
  changes(session, headersOf(names.flatMap(name => [name, 'v'])), '').remove

test('owned headers that are not set are removed, and underscore spellings always', () => {
  assert.deepEqual(remove(sessionWith(null)), ['X_user', 'X_role', 'X-User', 'X-Role'])
  const set = new Map([['X-User', ['alice']]])
  assert.deepEqual(remove(sessionWith(set)), ['X_user', 'X_role', 'X-Role'])
})

test("the client's own copy, which noop returns, does not count as set", () => {
  const echoed = new Map([
    ['X-User', ['root']],
    ['X-Role', ['admin']],
  ])
  const headers = new Map([...echoed, ['X-User', ['alice']]])
  assert.deepEqual(remove(sessionWith(headers, echoed)), ['X_user', 'X_role', 'X-Role'])
})

test('every spelling that some upstream reads as an owned header is removed', () => {
  const set = new Map([
    ['X-User', ['alice']],
    ['X-Role', ['user']],
  ])
  const sent = ['x-user', 'X.User', 'x_role', 'X~Role', 'x!user', 'X-Users', 'XUser', 'X--User']
  assert.deepEqual(remove(sessionWith(set), ...sent), [
    'X_user',
    'X_role',
    'X.user',
    'X~role',
    'X!user',
  ])
})

test('names that mix dashes with underscores are such spellings', () => {
  const changes = createChanges('r', ['X-User-Id'], [])
  const headers = headersOf([
    'X-User_Id',
    'v',
    'X_User-Id',
    'v',
    'X.User.Id',
    'v',
    'x_user_id',
    'v',
  ])
  const { remove } = changes(sessionWith(null), headers, '')
  assert.deepEqual(remove, ['X_user_id', 'X-User-Id', 'X-User_id', 'X_user-Id', 'X.user.id'])
})

test('a rule that owns an underscore name removes the dashed one', () => {
  const changes = createChanges('r', ['X_Role'], [])
  const set = sessionWith(new Map([['X_role', ['user']]]))
  assert.deepEqual(changes(set, headersOf(['X-Role', 'admin']), '').remove, ['X-Role'])
})

test('of two owned names with the same fold each is removed unless it is set', () => {
  const changes = createChanges('r', ['X-Role', 'X_Role'], [])
  const set = sessionWith(new Map([['X_role', ['user']]]))
  const headers = headersOf(['X-Role', 'admin', 'x_role', 'admin', 'x.role', 'admin'])
  assert.deepEqual(changes(set, headers, '').remove, ['X-Role', 'X.role'])
})

test('a name that a hydrator set without announcing it counts as owned', () => {
  const changes = createChanges('r', [], [])
  const session = sessionWith(new Map([['X-Org', ['a']]]))
  const { remove, owned } = changes(session, headersOf(['x_org', 'b', 'X-Org', 'b']), '')
  assert.deepEqual(remove, ['X_org'])
  assert.deepEqual([...owned], ['x-org'])
})
