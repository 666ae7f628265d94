import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createTogether } from '../../../src/lib/together.ts'

test('everything of one turn runs together, in order, after the turn', async () => {
  const together = createTogether()
  const ran: number[] = []
  for (const i of [1, 2, 3]) together(() => ran.push(i))
  assert.deepEqual(ran, [])
  await turn()
  assert.deepEqual(ran, [1, 2, 3])
})

test('what is added while it runs comes in the next turn', async () => {
  const together = createTogether()
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

test('one that throws does not take the others with it', async t => {
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  t.after(() => {
    for (const listener of listeners) process.on('uncaughtException', listener)
  })
  const caught = once(process, 'uncaughtException')
  const together = createTogether()
  const ran: string[] = []
  together(() => {
    throw new Error('a bug')
  })
  together(() => ran.push('another'))
  const [error] = await caught
  assert.equal(error.message, 'a bug')
  await turn()
  await turn()
  assert.deepEqual(ran, ['another'])
})
