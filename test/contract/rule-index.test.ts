/** The index finds the same rules as the linear matcher, for any rules and any URL. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createIndex } from '../../src/rules/matching/index-matcher.ts'
import { createLinear } from '../../src/rules/matching/linear.ts'
import { type Entry, isUndecided, type Matcher } from '../../src/rules/matching/matcher.ts'
import { compileParts } from '../../src/rules/matching/parts.ts'
import {
  compilePattern,
  isProblem,
  type Pattern,
  type Strategy,
} from '../../src/rules/matching/pattern.ts'

/** A piece of a pattern, and a text that it matches (most of the time). */
interface Piece {
  readonly source: string
  readonly text: string
}

const literal = (text: string): Piece => ({ source: text, text })
const piece = (source: string, text: string): Piece => ({ source, text })

const literals: readonly Piece[] = [
  ...['/', '/a', '/b', '/api', '/api/v1', '/orders', '/orders/items', '/x', 'a', ''].map(literal),
  ...['/ä', '/日本語', '/😀', '/aaaaaaaaaaaaaaaaaaaaaaaa', '/abababababababab', '.json'].map(
    literal,
  ),
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

/** A text that the rule matches; the same text with one change; or a text that is too long for some rules. */
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

interface Question {
  readonly url: string
  readonly method: string
}

interface Observed {
  readonly found: ReturnType<Matcher<number>['find']>
  /** Entries that the matcher ran, and entries that matched. */
  readonly ran: readonly number[]
  readonly matched: readonly number[]
}

function observe(matcher: Matcher<number>, { url, method }: Question): Observed {
  const ran: number[] = []
  const matched: number[] = []
  const onCandidate = (value: number, isMatch: boolean): void => {
    ran.push(value)
    if (isMatch) matched.push(value)
  }
  const found = matcher.find({ url, method, onCandidate })
  return { found, ran: ran.sort(byValue), matched: matched.sort(byValue) }
}

const byValue = (one: number, other: number): number => one - other

/** The index may run fewer entries than the linear matcher, never others, and none twice. */
function assertSame(actual: Observed, expected: Observed, { url }: Question): void {
  assert.deepEqual(actual.found, expected.found, url)
  if (isUndecided(expected.found)) return
  assert.deepEqual(actual.matched, expected.matched, url)
  assert.equal(new Set(actual.ran).size, actual.ran.length, url)
  assert.ok(
    actual.ran.every(value => expected.ran.includes(value)),
    url,
  )
}

type Kind = 'none' | 'one' | 'several' | 'undecided'

const kindOf = ({ found }: Observed): Kind => {
  if (isUndecided(found)) return 'undecided'
  return found.length === 0 ? 'none' : found.length === 1 ? 'one' : 'several'
}

/** fast-check prints the seed and the smallest failing rules and requests. */
async function compare(set: fc.Arbitrary<readonly Drawn[]>, runs: number): Promise<Set<Kind>> {
  const kinds = new Set<Kind>()
  const questions = fc.array(asked, { minLength: 1, maxLength: 12 })
  const property = fc.asyncProperty(set, questions, async (drawnRules, drawnQuestions) => {
    const entries = drawnRules.map(entryOf)
    const index = await createIndex(entries)
    const linear = createLinear(entries)
    for (const { rule, change, method } of drawnQuestions) {
      const question = { url: change(drawnRules[rule % drawnRules.length]?.text ?? ''), method }
      const expected = observe(linear, question)
      kinds.add(kindOf(expected))
      assertSame(observe(index, question), expected, question)
    }
  })
  await fc.assert(property, { numRuns: runs })
  return kinds
}

test('the index finds the same rules as the linear matcher, in the same order', async () => {
  const kinds = await compare(rules, 300)
  assert.deepEqual([...kinds].sort(), ['none', 'one', 'several', 'undecided'])
})

const sharedWindow: fc.Arbitrary<readonly Drawn[]> = fc
  .array(
    fc.tuple(fc.constantFrom('aaaa', 'abab', 'aaaaaaaaaaaa', 'a', 'ab'), fc.nat(12), methods),
    { minLength: 20, maxLength: 120 },
  )
  .map(list =>
    list.map(([unit, times, list]) => ({
      source: `http://h/${unit.repeat(times)}<.*>${unit}`,
      text: `http://h/${unit.repeat(times)}${unit}`,
      strategy: 'regexp' as const,
      methods: list,
    })),
  )

test('patterns made of similar texts are distinguished', async () => {
  const kinds = await compare(sharedWindow, 60)
  assert.ok(kinds.has('several'))
})

const entriesOf = (count: number, url: (i: number) => string): readonly Entry<number>[] =>
  Array.from({ length: count }, (_, i) =>
    entryOf({ source: url(i), text: '', strategy: 'regexp', methods: ['GET'] }, i),
  )

test('of 10,000 rules only a few are run for a URL', async () => {
  const shapes = [
    (i: number) => `https://<[a-z]+>.example.com/api/svc-${i}/<[0-9]+>`,
    (i: number) => `<https?>://<[^/]+>/tenants/t${i}/orders/<.*>`,
    (i: number) => `http://host-${i}.example.com/<.*>`,
  ]
  for (const shape of shapes) {
    const index = await createIndex(entriesOf(10_000, shape))
    for (const i of [0, 7, 99, 1234, 9999]) {
      const url = shape(i)
        .replace('<[a-z]+>', 'eu')
        .replace('<[0-9]+>', '1')
        .replace('<https?>', 'https')
        .replace('<[^/]+>', 'h')
        .replace('<.*>', 'x')
      const { found, ran } = observe(index, { url, method: 'GET' })
      assert.deepEqual(found, [i])
      assert.ok(ran.length <= 5, `${url}: ${ran.length} were run`)
    }
  }
})

/** Rules of one host whose paths are short: their longest text is the host, which all of them have. */
const shortPaths: Readonly<Record<string, (i: number) => readonly [rule: Pattern, url: string]>> = {
  'hosts and paths': i => [
    partsPattern(['shop.example.com'], [`/p${i}/{id}`]),
    `https://shop.example.com/p${i}/7`,
  ],
  'any label, and a name before the path': i => [
    partsPattern(['*.shop.example.com'], [`/{tenant}/p${i}`]),
    `https://eu.shop.example.com/t/p${i}`,
  ],
  'an expression behind the host': i => [
    urlPattern(`https://shop.example.com<(:[0-9]+)?>/p${i}/<.*>`),
    `https://shop.example.com/p${i}/x`,
  ],
  'an expression within the path': i => [
    urlPattern(`https://shop.example.com/orders/<[0-9]+>/p${i}`),
    `https://shop.example.com/orders/42/p${i}`,
  ],
}

function partsPattern(hosts: readonly string[], paths: readonly string[]): Pattern {
  const patterns = compileParts({ schemes: ['https'], hosts, paths })
  assert.ok(!isProblem(patterns) && patterns[0] !== undefined)
  return patterns[0]
}

function urlPattern(source: string): Pattern {
  const pattern = compilePattern(source, 'regexp')
  assert.ok(!isProblem(pattern))
  return pattern
}

for (const [what, make] of Object.entries(shortPaths)) {
  test(`of 10,000 rules of one host only a few are run for a URL: ${what}`, async () => {
    const made = Array.from({ length: 10_000 }, (_, i) => make(i))
    const index = await createIndex(
      made.map(([pattern], value) => ({ pattern, value, methods: undefined })),
    )
    for (const i of [0, 7, 99, 1234, 9999]) {
      const { found, ran } = observe(index, { url: made[i]?.[1] ?? '', method: 'GET' })
      assert.deepEqual(found, [i])
      assert.ok(ran.length <= 20, `${made[i]?.[1]}: ${ran.length} were run`)
    }
  })
}

test('a rule without methods never matches', async () => {
  const pattern = compilePattern('http://h/<.*>', 'regexp')
  assert.ok(!isProblem(pattern))
  const index = await createIndex([{ pattern, methods: [], value: 1 }])
  assert.deepEqual(index.find({ url: 'http://h/a', method: 'GET' }), [])
})

test('a URL that is too long is an error only for the methods of that rule', async () => {
  const pattern = compilePattern('http://h/<(?!.*a.*b).*>', 'regexp')
  assert.ok(!isProblem(pattern))
  const index = await createIndex([{ pattern, methods: ['GET'], value: 'rule' }])
  const url = `http://h/${'x'.repeat(4000)}`
  const found = index.find({ url, method: 'GET' })
  assert.ok(isUndecided(found))
  assert.equal(found.value, 'rule')
  assert.match(found.reason, /longer than the 3162 characters/)
  assert.deepEqual(index.find({ url, method: 'POST' }), [])
  assert.deepEqual(index.find({ url: url.replace('//h', '//other'), method: 'GET' }), [])
})

/**
 * Milliseconds of work since the last call. On a loaded machine other programs run meanwhile: the clock counts their
 * time, the CPU time of this process does not, but it counts other threads of this process.
 */
function createWorkWatch(): () => number {
  let clock = performance.now()
  let used = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(used)
    const passed = performance.now() - clock
    clock = performance.now()
    used = process.cpuUsage()
    return Math.min(passed, (user + system) / 1000)
  }
}

test('building the index yields to other work', async () => {
  const entries = entriesOf(10_000, i => `http://h/tenants/${i}/<.*>`)
  let longest = 0
  const worked = createWorkWatch()
  const look = (): void => {
    longest = Math.max(longest, worked())
  }
  const timer = setInterval(look, 1)
  worked()
  await createIndex(entries)
  look()
  clearInterval(timer)
  assert.ok(longest < 100, `nothing else ran for ${longest} ms`)
})
