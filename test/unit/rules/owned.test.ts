import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeaderMap } from '../../../src/model/headers.ts'
import type { MatchContext, Session } from '../../../src/model/session.ts'
import { createChanges } from '../../../src/rules/owned.ts'

const matchContext: MatchContext = {
  regexpCaptureGroups: [],
  url: { scheme: '', host: '', path: '', rawPath: '', rawQuery: '', forceQuery: false },
  method: '',
  header: new Map(),
  contextExtensions: new Map(),
}

const sessionWith = (headers: HeaderMap | null, echoed?: HeaderMap): Session => ({
  kind: 'session',
  subject: 'alice',
  extra: null,
  headers,
  echoed,
  matchContext,
})

const changes = createChanges('r', ['X-User', 'X-Role'])
const remove = (session: Session) => changes(session).remove

test('what is owned and not set is removed, and the underscore spellings always', () => {
  assert.deepEqual(remove(sessionWith(null)), ['X_user', 'X_role', 'X-User', 'X-Role'])
  const set = new Map([['X-User', ['alice']]])
  assert.deepEqual(remove(sessionWith(set)), ['X_user', 'X_role', 'X-Role'])
})

test("the client's own copy, which noop passes on, does not count as set", () => {
  const echoed = new Map([
    ['X-User', ['root']],
    ['X-Role', ['admin']],
  ])
  const headers = new Map([...echoed, ['X-User', ['alice']]])
  assert.deepEqual(remove(sessionWith(headers, echoed)), ['X_user', 'X_role', 'X-Role'])
})
