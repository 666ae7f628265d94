import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LinkedList, type Place } from '../../../src/lib/linked-list.ts'

function listOf(names: string) {
  const list = new LinkedList<string>()
  const places = new Map([...names].map(name => [name, list.add(name)]))
  const remove = (name: string) => list.remove(places.get(name) as Place<string>)
  const members = () => [...list].join('')
  return { list, places, remove, members }
}

test('members keep their order, wherever others are removed', () => {
  for (const name of 'abcd') {
    const { list, remove, members } = listOf('abcd')
    remove(name)
    assert.equal(members(), 'abcd'.replace(name, ''))
    assert.equal(list.size, 3)
    list.add('e')
    assert.equal(members(), `${'abcd'.replace(name, '')}e`)
    assert.equal(list.oldest(), name === 'a' ? 'b' : 'a')
  }
})

test('a list can become empty and be used again', () => {
  const { list, remove, members } = listOf('ab')
  remove('b')
  remove('a')
  assert.equal(list.oldest(), undefined)
  assert.equal(list.size, 0)
  list.add('c')
  assert.equal(members(), 'c')
})

test('a place is removed once, and does not point to others afterwards', () => {
  const { list, places, remove, members } = listOf('abc')
  remove('b')
  remove('b')
  assert.equal(list.size, 2)
  assert.equal(members(), 'ac')
  const { older, newer } = places.get('b') as Place<string>
  assert.deepEqual([older, newer], [undefined, undefined])
})

test('members may be removed while others are looked at', () => {
  for (const [removed, expected] of [
    ['a', 'abcd'],
    ['b', 'acd'],
    ['bc', 'ad'],
    ['bcd', 'a'],
    ['abcd', 'a'],
    ['d', 'abc'],
  ] as const) {
    const { list, remove } = listOf('abcd')
    let seen = ''
    for (const name of list) {
      seen += name
      if (name === 'a') for (const one of removed) remove(one)
    }
    assert.equal(seen, expected, `${removed} removed`)
  }
})

test('an iteration inside another one that stops leaves the list usable', () => {
  const { list, remove, members } = listOf('abcd')
  let seen = ''
  for (const outer of list) {
    seen += outer
    for (const inner of list) {
      if (outer === 'a' && inner === 'b') remove('b')
      if (inner === 'c') break
    }
  }
  assert.equal(seen, 'acd')
  remove('c')
  assert.equal(members(), 'ad')
})
