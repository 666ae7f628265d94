import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import { temporaryFolder } from '../support/folder.ts'

const lint = (t: TestContext, rules: readonly object[], ...more: readonly string[]) =>
  lintBehind('envoy', { t, rules, more })

interface Linted {
  readonly t: TestContext
  readonly rules: readonly object[]
  readonly more?: readonly string[]
}

async function lintBehind(forwarded: string, { t, rules, more = [] }: Linted) {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules))
  const config = {
    serve: { api: { forwarded } },
    access_rules: { repositories: [`file://${folder}/rules.yaml`] },
    authenticators: {
      anonymous: { enabled: true },
      jwt: { enabled: true, config: { jwks_urls: ['https://one/jwks', 'https://two/jwks'] } },
    },
    authorizers: {
      allow: { enabled: true },
      remote: { enabled: true, config: { remote: 'http://opa/v1/data/authz/allow' } },
      remote_json: { enabled: true, config: { remote: 'http://policy/check', payload: '{}' } },
    },
    mutators: {
      noop: { enabled: true },
      header: { enabled: true, config: { headers: {} } },
      id_token: {
        enabled: true,
        config: { issuer_url: 'https://i/', jwks_url: 'file:///jwks.json' },
      },
    },
  }
  writeFileSync(join(folder, 'oarlock.yaml'), stringify(config))
  const [out, err]: [string[], string[]] = [[], []]
  const output = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) }
  const code = await run(['lint', '-c', join(folder, 'oarlock.yaml'), ...more], output)
  return { code, out: out.join(''), err: err.join('') }
}

const rule = (id: string, parts: object = {}) => ({
  id,
  match: { url: `http://app.example/${id}`, methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
  ...parts,
})

const header = (name: string) => ({
  mutators: [{ handler: 'header', config: { headers: { [name]: 'x' } } }],
})

test('nothing to say about ordinary rules', async t => {
  const { code, out } = await lint(t, [rule('a'), rule('b')], '--strict')
  assert.deepEqual([code, out], [0, '0 pieces of advice\n'])
})

for (const [what, parts, text] of [
  [
    'tokens for any audience',
    { authenticators: [{ handler: 'jwt', config: { trusted_issuers: ['https://one/'] } }] },
    /rule "r": authenticator "jwt": target_audience: none is named/,
  ],
  [
    'several issuers whose keys are one set',
    {
      authenticators: [
        {
          handler: 'jwt',
          config: { target_audience: ['a'], trusted_issuers: ['https://one/', 'https://two/'] },
        },
      ],
    },
    /a key of one issuer signs for the others too/,
  ],
  [
    'a policy engine whose answer is not read',
    { authorizer: { handler: 'remote' } },
    /authorizer "remote": remote: only the status of the answer counts/,
  ],
  [
    'a value in the payload that is not encoded',
    {
      authorizer: { handler: 'remote_json', config: { payload: '{"sub":"{{ print .Subject }}"}' } },
    },
    /payload: a value between quotes is not encoded/,
  ],
  [
    'a value in claims that is not encoded',
    { mutators: [{ handler: 'id_token', config: { claims: '{"n":"{{ .Extra.name }}"}' } }] },
    /claims: a value between quotes is not encoded/,
  ],
] as const) {
  test(`advice on ${what}; with --strict it is a failure`, async t => {
    const { code, out } = await lint(t, [rule('r', parts)])
    assert.equal(code, 0)
    assert.match(out, text)
    assert.match(out, /^1 piece of advice$/m)
    assert.equal((await lint(t, [rule('r', parts)], '--strict')).code, 1)
  })
}

test('encoded values, one issuer, named audiences: nothing to say', async t => {
  const { out } = await lint(t, [
    rule('a', {
      authenticators: [{ handler: 'jwt', config: { target_audience: ['a'] } }],
      authorizer: {
        handler: 'remote_json',
        config: { payload: '{"sub":{{ .Subject | toJson }},"kind":"user"}' },
      },
      mutators: [{ handler: 'id_token', config: { claims: '{"session":{{ .Extra | toJson }}}' } }],
    }),
  ])
  assert.equal(out, '0 pieces of advice\n')
})

test('a header that only some rules of a host set', async t => {
  const elsewhere = { match: { url: 'http://other.example/x', methods: ['GET'] } }
  const { out } = await lint(t, [
    rule('sets', header('x-user')),
    rule('passes'),
    rule('also'),
    rule('elsewhere', elsewhere),
  ])
  assert.match(
    out,
    /rules "passes", "also": passes X-User as the client sent it, which other rules of app\.example set/,
  )
  assert.doesNotMatch(out, /elsewhere/)
})

test('a rule that judges bodies, behind a proxy that keeps them', async t => {
  const remote = (id: string, method: string) =>
    rule(id, {
      match: { url: `http://app.example/${id}`, methods: [method] },
      authorizer: { handler: 'remote' },
    })
  const rules = [remote('posts', 'POST'), remote('gets', 'GET')]
  const about =
    /rule "posts": judges bodies, which a proxy of serve\.api\.forwarded: x-original keeps/
  const { out } = await lintBehind('x-original', { t, rules })
  assert.match(out, about)
  assert.doesNotMatch(out, /gets"?[^\n]*judges bodies/)
  assert.doesNotMatch((await lintBehind('envoy', { t, rules })).out, /judges bodies/)
})
