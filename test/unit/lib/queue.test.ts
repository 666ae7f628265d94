import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createQueue } from '../../../src/lib/queue.ts'

const join = (one: string, other: string): string => one + other

test('requests during a run are joined to one run, which begins when the first ends', async () => {
  const runs: string[] = []
  let running = 0
  const ask = createQueue<string>(async work => {
    assert.equal(running, 0)
    running += 1
    await new Promise(resolve => setImmediate(resolve))
    running -= 1
    runs.push(work)
  }, join)
  await Promise.all(['a', 'b', 'c', 'd'].map(ask))
  assert.deepEqual(runs, ['a', 'bcd'])
  await ask('e')
  assert.deepEqual(runs, ['a', 'bcd', 'e'])
})

test('a failing run rejects its requests, and the next run starts', async () => {
  const runs: string[] = []
  const ask = createQueue<string>(async work => {
    runs.push(work)
    if (work === 'bad') throw new Error('bad')
  }, join)
  const [first, second] = [ask('bad'), ask('good')]
  await assert.rejects(first, /bad/)
  await second
  assert.deepEqual(runs, ['bad', 'good'])
})

test('a request made while the next run begins is not lost', async () => {
  const runs: string[] = []
  const ask = createQueue<string>(async work => {
    runs.push(work)
    if (work === 'b') void ask('c')
    await Promise.resolve()
  }, join)
  await Promise.all([ask('a'), ask('b')])
  await ask('d')
  assert.deepEqual(runs.join(''), 'abcd')
})
