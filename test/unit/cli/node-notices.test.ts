import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeNotices } from '../../../src/cli/node-notices.ts'

test('a version past its end of life is named, with the version to use', () => {
  assert.match(nodeNotices('v20.19.0').join(), /^Node 20 is past its end of life .*use Node 24$/)
  assert.match(nodeNotices('v23.0.0').join(), /^Node 23 /)
})

test('there is no notice for maintained versions and for versions newer than this text', () => {
  for (const version of ['v22.0.0', 'v24.21.0', 'v26.10.0', 'v200.0.0']) {
    assert.deepEqual(nodeNotices(version), [], version)
  }
})
