import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createWriteBatch } from '../../../src/lib/batch-writes.ts'
import { reportBugsTo } from '../../../src/lib/guarded.ts'

test('everything of one turn runs together, in order, after the turn', async () => {
  const together = createWriteBatch()
  const ran: number[] = []
  for (const i of [1, 2, 3]) together(() => ran.push(i))
  assert.deepEqual(ran, [])
  await turn()
  assert.deepEqual(ran, [1, 2, 3])
})

test('what is added while it runs comes in the next turn', async () => {
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

test('one that throws is reported, and does not take the others with it', async t => {
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
