import { test } from 'node:test'
import { fuzz } from './fuzz.ts'

test('whatever clients and upstreams do, the proxy lives, answers in time and gives everything back', async t => {
  for (const seed of [1, 2]) {
    await fuzz(t, { seed, time: 4000, clients: 4, say: text => t.diagnostic(text) })
  }
})
