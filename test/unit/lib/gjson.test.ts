import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePath } from '../../../src/lib/gjson.ts'

const document = {
  name: { first: 'Tom', last: 'Anderson' },
  age: 37,
  children: ['Sara', 'Alex', 'Jack'],
  'fav.movie': 'Deer Hunter',
  friends: [
    { first: 'Dale', last: 'Murphy', age: 44, nets: ['ig', 'fb', 'tw'] },
    { first: 'Roger', last: 'Craig', age: 68, nets: ['fb', 'tw'] },
    { first: 'Jane', last: 'Murphy', age: 47, nets: ['ig', 'tw'] },
  ],
  empty: null,
  nested: [[1, 2], [3]],
  text: '{"a":1}',
}

/** Each path with the value that Oathkeeper's library finds; undefined: none. */
const facts: readonly (readonly [path: string, found: unknown])[] = [
  ['name.last', 'Anderson'],
  ['name|last', 'Anderson'],
  ['age', 37],
  ['children', ['Sara', 'Alex', 'Jack']],
  ['children.#', 3],
  ['children.1', 'Alex'],
  ['children.9', undefined],
  ['child*.2', 'Jack'],
  ['c?ildren.0', 'Sara'],
  ['fav\\.movie', 'Deer Hunter'],
  ['friends.#.first', ['Dale', 'Roger', 'Jane']],
  ['friends.1.last', 'Craig'],
  ['friends.#(last=="Murphy").first', 'Dale'],
  ['friends.#(last="Murphy").first', 'Dale'],
  ['friends.#(last=="Murphy")#.first', ['Dale', 'Jane']],
  ['friends.#(age>45)#.last', ['Craig', 'Murphy']],
  ['friends.#(age>=44)#.age', [44, 68, 47]],
  ['friends.#(age<45).first', 'Dale'],
  ['friends.#(first%"D*").last', 'Murphy'],
  ['friends.#(first!%"D*").last', 'Craig'],
  ['friends.#(first!="Dale")#.first', ['Roger', 'Jane']],
  ['friends.#(nets.#(=="fb"))#.first', ['Dale', 'Roger']],
  ['children.#(=="Alex")', 'Alex'],
  ['children.#(%"*a*")#', ['Sara', 'Jack']],
  ['friends.#(age>100)', undefined],
  ['friends.#(age>100)#', []],
  ['empty', null],
  ['empty.x', undefined],
  ['missing', undefined],
  ['name.missing.deeper', undefined],
  ['@this.age', 37],
  ['children.@reverse.0', 'Jack'],
  ['name.@keys', ['first', 'last']],
  ['name.@values', ['Tom', 'Anderson']],
  ['nested.@flatten', [1, 2, 3]],
  ['text.@fromstr.a', 1],
  ['name.@tostr', '{"first":"Tom","last":"Anderson"}'],
  ['age.x', undefined],
]

for (const [path, found] of facts) {
  test(`${path} finds ${JSON.stringify(found)}`, () => {
    assert.deepEqual(compilePath(path)(document), found)
  })
}

test('@this is the whole document', () => {
  assert.equal(compilePath('@this')(document), document)
})

test('names of Object.prototype are ordinary keys', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.equal(compilePath(name)(document), undefined)
    assert.equal(compilePath(`name.${name}`)(document), undefined)
  }
})

test('an invalid path is refused when it is compiled', () => {
  for (const path of ['friends.#(age>1', '@nothing', 'a.#(b==1)x', 'a.'.repeat(1000)]) {
    assert.throws(() => compilePath(path), Error, path)
  }
})

test('stars do not make a name slow', () => {
  const find = compilePath(`${'a*'.repeat(8)}b`)
  assert.equal(find({ ['a'.repeat(40)]: 1 }), undefined)
})
