/** Texts that read like something else than they are, and issuers that anybody is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lintFindings, plainRule } from '../../../support/lint.ts'

const where = { hosts: ['shop.example'], paths: ['/orders'] }
const match = (parts: object) => plainRule('orders', { match: { ...where, ...parts } })
const jwt = (config: object) =>
  plainRule('orders', { authenticators: [{ handler: 'jwt', config }] })
const claim = (matches: string) => jwt({ required_claims: [{ path: 'email', matches }] })

type Case = readonly [what: string, rule: object, code?: string]

const cases: readonly Case[] = [
  ['an expression in a header', match({ headers: { 'X-A': 'v[0-9]+' } }), 'pattern-as-text'],
  ['an expression in the query', match({ query: { a: '.*' } }), 'pattern-as-text'],
  ['an expression in the context', match({ context: { a: '^gold$' } }), 'pattern-as-text'],
  ['an expression in a claim', claim('.*@shop\\.example'), 'pattern-as-text'],
  ['a named segment', match({ paths: ['/orders/:id'] }), 'pattern-as-text'],
  ['an expression in a path', match({ paths: ['/orders/[0-9]+'] }), 'pattern-as-text'],
  ['a template in a header', match({ headers: { 'X-A': '{{ print .Subject }}' } }), 'template-as-text'],
  ['an expression in brackets', match({ headers: { 'X-A': 'v<[0-9]+>' }, query: { a: '<.*>' } })],
  ['plain values', match({ headers: { Accept: 'text/*', 'X-A': 'a.b (c) $1' } })],
  ['plain paths', match({ paths: ['/orders/{id}', '/a.b/*', '/a:b', '/files/{rest...}'] })],
  ['a claim', claim('<.*>@shop.example')],

  ['any issuer', jwt({ trusted_issuers: ['<.*>'] }), 'no-issuer'],
  ['any issuer with https', jwt({ trusted_issuers: ['https://a.example', 'https://<.*>'] }), 'no-issuer'],
  ['any host', jwt({ trusted_issuers: ['https://<[^/]+>/'] }), 'no-issuer'],
  ['no issuer', jwt({ trusted_issuers: [''] }), 'no-issuer'],
  ['issuers of one host', jwt({ trusted_issuers: ['https://<[a-z]+>.login.example/', 'https://login.example/<.*>'] })],
] // biome-ignore format: a table

for (const [what, rule, code] of cases) {
  test(`${what}: ${code ?? 'nothing'}`, async t => {
    const found = (await lintFindings(t, [rule])).map(one => one.code)
    assert.deepEqual(
      found.filter(one => one !== 'dot-crosses-slash'),
      code === undefined ? [] : [code],
    )
  })
}

test('what means the same name twice, or nothing, is refused at load', async t => {
  const mutators = [{ handler: 'response_header', config: { headers: { 'X-A': '1', 'x-a': '2' } } }]
  const refused: readonly (readonly [object, RegExp])[] = [
    [
      match({ headers: { 'X-A': '1', 'x-a': '2' } }),
      /match\.headers: .*X-A, x-a.*, expected each name once/,
    ],
    [match({ headers: { 'X-A': null, x_a: '2' } }), /match\.headers: .*, expected each name once/],
    [plainRule('orders', { mutators }), /found X-A and x-a, expected each name once/],
    [jwt({ token_types: ['application/'] }), /token_types: found an empty type/],
    [jwt({ token_types: [''] }), /token_types/],
  ]
  const config = { mutators: { response_header: { enabled: true } } }
  for (const [rule, expected] of refused)
    await assert.rejects(lintFindings(t, [rule], config), expected)
  const resources = (one: object) => ({
    resources: [{ resource: 'https://a.example/mcp', ...one }],
  })
  for (const [one, expected] of [
    [{ scopes_supported: ['a b'] }, /scopes_supported.*expected one scope/s],
    [{ resource: 'https://a.example/a/../b' }, /expected an https URL without dot segments/],
    [{ resource: 'https://a.example/a/%2E%2e' }, /expected an https URL without dot segments/],
  ] as const) {
    await assert.rejects(lintFindings(t, [plainRule('orders')], resources(one)), expected)
  }
  const good = match({ headers: { 'X-A': '1', 'X-B': '2' }, query: { a: '1', A: '2' } })
  assert.deepEqual(await lintFindings(t, [good], resources({ scopes_supported: ['a:b'] })), [])
})
