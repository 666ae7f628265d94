/** The index finds what the linear matcher finds, for any rules and any URL. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createIndex } from '../../src/rules/matching/index-matcher.ts'
import { createLinear } from '../../src/rules/matching/linear.ts'
import { type Entry, isRefused, type Matcher } from '../../src/rules/matching/matcher.ts'
import { compilePattern, isProblem, type Strategy } from '../../src/rules/matching/pattern.ts'

/** A piece of a pattern, and a text that it matches (most of the time). */
interface Piece {
  readonly source: string
  readonly text: string
}

const literal = (text: string): Piece => ({ source: text, text })
const piece = (source: string, text: string): Piece => ({ source, text })

const literals: readonly Piece[] = [
  ...['/', '/a', '/b', '/api', '/api/v1', '/orders', '/orders/items', '/x', 'a', ''].map(literal),
  ...['/ä', '/日本語', '/😀', '/aaaaaaaaaaaaaaaaaaaaaaaa', '/abababababababab', '.json'].map(literal),
]

const expressions: Readonly<Record<Strategy, readonly Piece[]>> = {
  regexp: [
    piece('<.*>', '/api/a'),
    piece('<.*>', ''),
    piece('<[a-z]+>', 'orders'),
    piece('<[^/]+>', 'ä😀'),
    piece('<\\w+>', 'é1'),
    piece('<(api|orders)>', 'api'),
    piece('<(?:/api)+>', '/api/api'),
    piece('<(?i)ORDERS>', 'orders'),
    piece('<(?!admin)[a-z]*>', 'user'),
    piece('<(?=.*z)(?!.*y).*>', 'z'),
    piece('<a{2,3}>', 'aaa'),
    piece('<>', ''),
  ],
  glob: [
    piece('<*>', 'orders'),
    piece('<**>', '/api/v1/a.b'),
    piece('<?>', 'ä'),
    piece('<{api,orders}>', 'orders'),
    piece('<[a-f]>', 'c'),
    piece('<[!a]>', '😀'),
  ],
}

const starts: readonly Piece[] = [
  ...['http://h.test', 'https://h.test', 'http://a.very.long.host.example.test'].map(literal),
  ...['h', 'http://h.test:8080', 'rpc://orders.v1'].map(literal),
]
const startsOf: Readonly<Record<Strategy, readonly Piece[]>> = {
  regexp: [
    ...starts,
    piece('<https?>://h.test', 'http://h.test'),
    piece('<https?>://<[^/]+>', 'https://h.test'),
    piece('<.*>', 'http://h.test'),
  ],
  glob: [
    ...starts,
    piece('<{http,https}>://h.test', 'https://h.test'),
    piece('<**>', 'http://h.test'),
  ],
}

interface Drawn extends Piece {
  readonly strategy: Strategy
  readonly methods: readonly string[]
}

const methods = fc.subarray(['GET', 'post', 'Put', 'DELETE'])

const drawn = (strategy: Strategy): fc.Arbitrary<Drawn> =>
  fc
    .tuple(
      fc.constantFrom(...startsOf[strategy]),
      fc.array(fc.constantFrom(...literals, ...expressions[strategy]), { maxLength: 4 }),
      methods,
    )
    .map(([start, rest, list]) => ({
      source: [start, ...rest].map(one => one.source).join(''),
      text: [start, ...rest].map(one => one.text).join(''),
      strategy,
      methods: list,
    }))

const rules = fc.array(fc.oneof(drawn('regexp'), drawn('glob')), { minLength: 1, maxLength: 40 })

/** The rule's own text; spoilt in one place; or so long that some rules must not be run. */
const change = fc.oneof(
  { weight: 4, arbitrary: fc.constant((text: string) => text) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(40), fc.constantFrom('', 'a', '/', 'ä')).map(
      ([at, put]) =>
        (text: string) =>
          text.slice(0, at) + put + text.slice(at + 1),
    ),
  },
  { weight: 1, arbitrary: fc.constant((text: string) => `${text}${'/api'.repeat(1500)}`) },
)

const asked = fc.record({ rule: fc.nat(), change, method: fc.constantFrom('GET', 'get', 'PUT') })

function entryOf({ source, strategy, methods }: Drawn, value: number): Entry<number> {
  const pattern = compilePattern(source, strategy)
  if (isProblem(pattern)) throw new Error(`${source}: ${pattern.message}`)
  return { pattern, methods, value }
}

interface Asked {
  readonly url: string
  readonly method: string
}

/** What a matcher answers, and which entries it ran. */
function observe(matcher: Matcher<number>, { url, method }: Asked) {
  const ran: number[] = []
  const matched: number[] = []
  const found = matcher.find(url, method, (value, isMatch) => {
    ran.push(value)
    if (isMatch) matched.push(value)
  })
  return { found, ran: ran.sort(byValue), matched: matched.sort(byValue) }
}

const byValue = (one: number, other: number): number => one - other

test('the index finds what the linear matcher finds, in its order', async () => {
  const seen = { matches: 0, several: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(
      rules,
      fc.array(asked, { minLength: 1, maxLength: 12 }),
      async (drawnRules, questions) => {
        const entries = drawnRules.map(entryOf)
        const index = await createIndex(entries)
        const linear = createLinear(entries)
        for (const { rule, change, method } of questions) {
          const url = change(drawnRules[rule % drawnRules.length]?.text ?? '')
          const expected = observe(linear, { url, method })
          const actual = observe(index, { url, method })
          assert.deepEqual(actual.found, expected.found, url)
          if (isRefused(expected.found)) seen.refused++
          else {
            if (expected.found.length > 0) seen.matches++
            if (expected.found.length > 1) seen.several++
            assert.deepEqual(actual.matched, expected.matched)
            assert.equal(new Set(actual.ran).size, actual.ran.length)
            assert.ok(actual.ran.every(value => expected.ran.includes(value)))
          }
        }
      },
    ),
    { numRuns: 300 },
  )
  console.log(seen)
})
