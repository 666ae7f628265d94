import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TurnoverMap } from '../../../src/lib/turnover-map.ts'

test('values are found by their key until it is deleted', () => {
  const map = new TurnoverMap<number, string>()
  map.set(1, 'one')
  map.set(2, 'two')
  map.set(1, 'other')
  assert.deepEqual([map.get(1), map.get(2), map.get(3), map.size], ['other', 'two', undefined, 2])
  map.delete(1)
  map.delete(1)
  map.delete(3)
  assert.deepEqual([map.get(1), map.size, [...map.values()]], [undefined, 1, ['two']])
  map.set(1, 'again')
  assert.deepEqual([...map.values()], ['two', 'again'])
})

test('entries may be deleted and added while others are read', () => {
  const map = new TurnoverMap<string, string>()
  for (const name of 'abc') map.set(name, name)
  const seen: string[] = []
  for (const value of map.values()) {
    seen.push(value)
    map.delete('b')
    if (value === 'c') map.set('d', 'd')
  }
  assert.deepEqual(seen, ['a', 'c', 'd'])
})
