import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { filterTrailers } from '../../../../src/doors/proxy/embedded/forwarded-trailers.ts'
import type { Allow } from '../../../../src/model/decision.ts'

const owning = (name: string): Allow =>
  ({ changes: { owned: new Set([name]) }, session: {} }) as unknown as Allow

const sent = ['X-A', '1', 'X_B', '2', 'X-C', '3', '__proto__', '4', 'TE', 'trailers']
const kept = ['X-C', '3', '__proto__', '4']

test('of two guards, each keeps the trailers of its rule from the application', () => {
  const incoming = new IncomingMessage(new Socket())
  for (const name of ['x-a', 'x-b']) filterTrailers(incoming, owning(name))
  assert.deepEqual(incoming.rawTrailers, [])
  incoming.rawTrailers = sent
  assert.deepEqual(incoming.rawTrailers, kept)
  assert.deepEqual(Object.keys(incoming.trailers), ['x-c', '__proto__'])
  assert.deepEqual(Object.keys(incoming.trailersDistinct), ['x-c', '__proto__'])
})

test('trailers that arrived before the guard, or come from a getter of the class, are filtered', () => {
  const incoming = new IncomingMessage(new Socket())
  incoming.rawTrailers = sent
  class Late {
    get rawTrailers() {
      return sent
    }
  }
  const late = new Late() as unknown as IncomingMessage
  for (const request of [incoming, late]) {
    for (const name of ['x-a', 'x-b']) filterTrailers(request, owning(name))
    assert.deepEqual(request.rawTrailers, kept)
  }
})
