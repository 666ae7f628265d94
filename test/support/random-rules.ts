/** Random rules that often overlap, and random requests near them. */
import fc from 'fast-check'
import type { MatchText } from './compared-rules.ts'

const expression = fc.constantFrom(
  '<.*>',
  '<[^/]+>',
  '<[0-9]+>',
  '<a|b>',
  '<(/.*)?>',
  '<(?i)A[b-d]>',
  '<.{1,3}>',
  '<[^a]*>',
  '<\\w+>',
  '<a?b*>',
  '<(?:ab)+>',
)
const look = fc.constantFrom('<(?!a).*>', '<(?!.*b$).*>', '<(?=a)\\w+>', '<(a|b)\\2>', '<\\ba.*>')
const glob = fc.constantFrom('<*>', '<**>', '<?>', '<[a-c]>', '<{a,b}>', '<[!a]>')
const words = fc.constantFrom('a', 'b', 'ab', 'A', '1', 'a1', '%', 'é', '..', ';')
const host = fc.constantFrom('h', 'H.a', 'a.h', 'h:80')

const pieces = (expressions: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(words, expressions, fc.constant('/')), { minLength: 1, maxLength: 4 })
    .map(list => list.join(''))

const urlPattern = (expressions: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom('https', 'http', '<https?>'),
      fc.oneof(host, expressions),
      pieces(expressions),
    )
    .map(([scheme, name, path]) => `${scheme}://${name}/${path}`)

const methods = fc.constantFrom(['GET'], ['GET', 'POST'], ['post'])
const condition = fc.constantFrom(
  {},
  {},
  { headers: { 'X-A': 'a' } },
  { headers: { x_a: '<a|b>' } },
  { headers: { 'X-A': null } },
  { headers: { 'X-A': '<.*>' } },
  { query: { q: 'a' } },
  { query: { q: null } },
  { query: { q: '<[ab]>' } },
  { default: true },
)

const urlMatch = (expressions: fc.Arbitrary<string>): fc.Arbitrary<MatchText> =>
  fc
    .tuple(urlPattern(expressions), methods, condition)
    .map(([url, list, more]) => ({ url, methods: list, ...more }))

const part = fc.constantFrom('a', 'b', '*', '{x}')
const partsMatch: fc.Arbitrary<MatchText> = fc
  .record({
    hosts: fc.subarray(['h', '*.h', 'a.h:80', '{t}.h'], { minLength: 1, maxLength: 2 }),
    paths: fc
      .array(part, { maxLength: 2 })
      .map(list => [`/${list.map((one, i) => (one === '{x}' ? `{x${i}}` : one)).join('/')}`]),
    tail: fc.boolean(),
    more: condition,
  })
  .map(({ hosts, paths, tail, more }) => ({
    hosts,
    paths: tail ? paths.map(path => `${path === '/' ? '' : path}/{rest...}`) : paths,
    ...more,
  }))

/** Matches of rules in regexp syntax, without lookarounds. */
export const plainMatches = fc.array(
  fc.oneof({ weight: 3, arbitrary: urlMatch(expression) }, partsMatch),
  {
    minLength: 2,
    maxLength: 5,
  },
)

export const lookMatches = fc.array(urlMatch(fc.oneof(expression, look)), {
  minLength: 2,
  maxLength: 4,
})

export const globMatches = fc.array(urlMatch(glob), { minLength: 2, maxLength: 5 })

export interface RandomRequest {
  readonly url: string
  readonly method: string
  readonly headers: readonly (readonly [string, string])[]
  readonly query: string
}

/** URLs as they are matched: the path is decoded and clean. */
const segment = fc
  .array(fc.constantFrom('a', 'b', 'A', 'B', 'c', '1', '.', 'é', '%', ';', '-'), {
    minLength: 1,
    maxLength: 3,
  })
  .map(list => list.join(''))
  .filter(text => !/^\.{1,2}(;|$)/.test(text))

export const randomRequest: fc.Arbitrary<RandomRequest> = fc.record({
  url: fc
    .tuple(
      fc.constantFrom('http', 'https'),
      fc.constantFrom('h', 'h.a', 'a.h', 'h:80', 'a.h:80', 'b', 'ab', '1'),
      fc.array(segment, { maxLength: 3 }),
    )
    .map(([scheme, name, list]) => `${scheme}://${name}/${list.join('/')}`),
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  headers: fc.constantFrom(
    [],
    [['X-A', 'a'] as const],
    [['x.a', 'b'] as const],
    [['X-A', 'a'] as const, ['X-A', 'b'] as const],
  ),
  query: fc.constantFrom('', 'q=a', 'q=b&q=a', '%zz', 'r=1'),
})
