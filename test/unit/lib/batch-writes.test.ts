import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createWriteBatch } from '../../../src/lib/batch-writes.ts'
import { reportBugsTo } from '../../../src/lib/guarded.ts'

test('all writes of one turn run together, in order, after the turn', async () => {
  const together = createWriteBatch()
  const ran: number[] = []
  for (const i of [1, 2, 3]) together(() => ran.push(i))
  assert.deepEqual(ran, [])
  await turn()
  assert.deepEqual(ran, [1, 2, 3])
})

test('writes that are added meanwhile run in the next turn', async () => {
  const together = createWriteBatch()
  const ran: string[] = []
  together(() => {
    ran.push('first')
    together(() => ran.push('second'))
  })
  await turn()
  assert.deepEqual(ran, ['first'])
  await turn()
  assert.deepEqual(ran, ['first', 'second'])
})

test('a write that throws is reported, and the others run', async t => {
  const bugs: unknown[] = []
  reportBugsTo(bug => bugs.push(bug))
  t.after(() => reportBugsTo(() => undefined))
  const bug = new Error('a bug')
  const together = createWriteBatch()
  const ran: string[] = []
  together(() => {
    throw bug
  })
  together(() => ran.push('another'))
  await turn()
  assert.deepEqual(ran, ['another'])
  assert.deepEqual(bugs, [bug])
})
