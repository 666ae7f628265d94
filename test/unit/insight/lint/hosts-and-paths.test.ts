/** Every host, path and scheme of a rule is looked at. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lintFindings, plainRule } from '../../../support/lint.ts'

const open = { authenticators: [{ handler: 'anonymous' }] }
const closed = (match: object) => plainRule('closed', { match })
const opening = (url: string) => plainRule('open', { match: { url, methods: ['GET'] }, ...open })
const anyHost = (parts: object = {}) =>
  plainRule('any', { match: { paths: ['/health'] }, ...parts })

type Case = readonly [what: string, code: string, rules: readonly object[], isFound: boolean]

const cases: readonly Case[] = [
  ['the second path', 'path-parameters', [
    closed({ hosts: ['shop.example'], paths: ['/one/two', '/admin'] }),
    opening('https://shop.example/<admin[^/]+>'),
  ], true],
  ['the second host', 'path-parameters', [
    closed({ hosts: ['a.example', 'b.example'], paths: ['/admin'] }),
    opening('https://b.example/<admin[^/]+>'),
  ], true],
  ['the second scheme', 'path-parameters', [
    closed({ hosts: ['shop.example'], paths: ['/admin'] }),
    opening('http://shop.example/<admin[^/]+>'),
  ], true],
  ['no open rule beside one of them', 'path-parameters', [
    closed({ hosts: ['a.example', 'b.example'], paths: ['/one', '/admin'] }),
    opening('https://c.example/<admin[^/]+>'),
  ], false],
  ['paths on any host, beside a pattern with a host', 'open-host', [anyHost(), plainRule('named')], true],
  ['paths on any host, beside a list of hosts', 'open-host', [
    anyHost(), plainRule('named', { match: { hosts: ['shop.example'] } }),
  ], true],
  ['an expression for any host, beside a list of hosts', 'open-host', [
    plainRule('any', { match: { url: 'https://<[^/]+>/health', methods: ['GET'] } }),
    plainRule('named', { match: { hosts: ['shop.example'] } }),
  ], true],
  ['paths on any host, where no rule names one', 'open-host', [anyHost()], false],
  ['paths on any host that nobody may read', 'open-host', [
    anyHost({ authorizer: { handler: 'deny' } }), plainRule('named'),
  ], false],
  ['a default rule', 'open-host', [
    anyHost({ match: { paths: ['/health'], default: true } }), plainRule('named'),
  ], false],
  ['hosts without paths', 'open-host', [
    plainRule('any', { match: { hosts: ['a.example'] } }), plainRule('named'),
  ], false],
] // biome-ignore format: a table

for (const [what, code, rules, isFound] of cases) {
  test(`${code} ${isFound ? 'for' : 'not for'} ${what}`, async t => {
    const found = (await lintFindings(t, rules)).filter(one => one.code === code)
    assert.equal(found.length, isFound ? 1 : 0)
  })
}
