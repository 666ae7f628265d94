import { test } from 'node:test'
import { fuzz } from './fuzz.ts'

test('with random clients and upstreams the proxy keeps running, answers in time and releases every slot', async t => {
  for (const seed of [1, 2]) {
    await fuzz(t, { seed, time: 4000, clients: 4, say: text => t.diagnostic(text) })
  }
})
