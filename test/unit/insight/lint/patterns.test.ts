/** Codes about URL patterns: what is reported, and what is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lintFindings, plainRule } from '../../../support/lint.ts'

const dot = 'dot-crosses-slash'
const loose = 'unanchored-host'
const open = 'open-host'
const literal = 'pattern-as-text'
const glob = 'other-strategy'

/** The patterns of one test are not meant to be served together. */
const overlapping: ReadonlySet<string> = new Set(['overlap', 'unreachable'])

const regexps: readonly (readonly [url: string, code?: string])[] = [
  ['https://shop.example<(/.*)?>'],
  ['https://shop.example<(:[0-9]+)?>/x'],
  ['https://<(www\\.)?>shop.example/x'],
  ['https://<([a-z0-9-]+\\.)*>shop.example/x'],
  ['https://<(|[a-z]+\\.)>shop.example/x'],
  ['https://<(.+\\.)?>shop.example/x', dot],
  ['https://<[a-z]+>.shop.example/x'],
  ['https://<[^/.]+>.shop.example/x'],
  ['https://shop.<(com|de)>/x'],
  ['https://<shop|store>.example/x'],
  ['https://[::1]:8080/x'],
  ['https://<.*>.shop.example/x', dot],
  ['https://<[^.]+>.shop.example/x', dot],
  ['https://<.*>shop.example/x', loose],
  ['https://<[a-z]*>shop.example/x', loose],
  ['https://shop.<.+>/x', loose],
  ['https://shop.example<[^/]*>/x', loose],
  ['https://shop.example<.*>', loose],
  ['<https?>://<[^/]+>/x', open],
  ['https://<.*>/x', open],
  ['https://<.+>', open],
  ['<.*>', open],
  ['https://h.example/a/<.*>'],
  ['https://h.example/a<(/.*)?>'],
  ['https://h.example/a/<.*\\.css>'],
  ['https://h.example/a/<(?!x/).*>'],
  ['https://h.example/a/<[^/]+>/b'],
  ['https://h.example/a/<[0-9a-z/]+>/b'],
  ['https://h.example/<(?<name>[^/]+)>'],
  ['https://h.example/a/<.+>', dot],
  ['https://h.example/a/<.*>/b', dot],
  ['https://h.example/a/<.*/b>', dot],
  ['https://h.example/a/<(.*)>/b', dot],
  ['https://h.example/<(?<name>.+)>', dot],
  ['https://h.example/a/*', literal],
  ['https://h.example/a/{id}', literal],
  ['https://h.example/a/[0-9]+', literal],
  ['https://h.example/a/(b|c)', literal],
  ['https://h.example/a.b/c-d/~e'],
  ['https://h.example/a/<{b,c}>', glob],
  ['https://h.example/a/<[!b]>', glob],
  ['https://h.example/a/<[a-f]{2,4}>'],
]

test('regular expressions', async t => {
  const rules = regexps.map(([url], i) => plainRule(`r${i}`, { match: { url, methods: ['GET'] } }))
  const found = await lintFindings(t, rules)
  const all = regexps.map(([url], i) => {
    const codes = found
      .filter(({ rule, code }) => rule === `r${i}` && !overlapping.has(code))
      .map(({ code }) => code)
    return [url, ...new Set(codes)]
  })
  assert.deepEqual(all, regexps)
})

const globs: readonly (readonly [url: string, code?: string])[] = [
  ['https://<*>.shop.example/<**>'],
  ['https://shop.example/<**>/x'],
  ['https://shop.example/<{a,b}>'],
  ['https://<**>.shop.example/x', dot],
  ['https://<**>/x', open],
  ['https://shop.example/<[0-9]+>', glob],
]

test('globs', async t => {
  const rules = globs.map(([url], i) => plainRule(`r${i}`, { match: { url, methods: ['GET'] } }))
  const found = await lintFindings(t, rules, { access_rules: { matching_strategy: 'glob' } })
  const all = globs.map(([url], i) => {
    const codes = found
      .filter(({ rule, code }) => rule === `r${i}` && !overlapping.has(code))
      .map(({ code }) => code)
    return [url, ...new Set(codes)]
  })
  assert.deepEqual(all, globs)
})

test('any host is no finding where no rule names a host, and where nobody gets in', async t => {
  const any = (id: string, parts: object = {}) =>
    plainRule(id, { match: { url: `<https?>://<[^/]+>/${id}`, methods: ['GET'] }, ...parts })
  assert.deepEqual(await lintFindings(t, [any('a'), any('b')]), [])
  const denied = { match: { url: '<.*>', methods: ['GET'] }, authorizer: { handler: 'deny' } }
  assert.deepEqual(await lintFindings(t, [plainRule('a', denied)]), [])
})

test('the witness of a dot is a URL that the pattern matches', async t => {
  const url = 'https://<[a-z]+>.h.example/a/<.*>/b/<[0-9]+>'
  const [found] = await lintFindings(t, [plainRule('a', { match: { url, methods: ['PUT'] } })])
  assert.deepEqual(found?.witness, { method: 'PUT', url: 'https://a.h.example/a/a/b/b/0' })
})
