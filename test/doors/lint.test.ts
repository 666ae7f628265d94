import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import type { Finding } from '../../src/insight/lint/finding.ts'
import { temporaryFolder } from '../support/folder.ts'

const lint = (t: TestContext, rules: readonly object[], ...more: readonly string[]) =>
  lintBehind('envoy', { t, rules, more })

interface Linted {
  readonly t: TestContext
  /** Lint with the configuration of all tests. */
  readonly config?: object
  readonly rules: readonly object[]
  readonly more?: readonly string[]
}

async function lintBehind(forwarded: string, { t, rules, config: own = {}, more = [] }: Linted) {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules))
  const config = {
    serve: { api: { forwarded } },
    limits: { decision: { timeout: '1s' } },
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
    errors: { handlers: { redirect: { enabled: true, config: { to: 'http://login/' } } } },
    mutators: {
      noop: { enabled: true },
      header: { enabled: true, config: { headers: {} } },
      id_token: {
        enabled: true,
        config: { issuer_url: 'https://i/', jwks_url: 'file:///jwks.json' },
      },
    },
  }
  writeFileSync(join(folder, 'oarlock.yaml'), stringify({ ...config, ...own }))
  const [out, err]: [string[], string[]] = [[], []]
  const output = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) }
  const args = ['lint', '-c', join(folder, 'oarlock.yaml'), '--format', 'json', ...more]
  const code = await run(args, output)
  const { findings } = JSON.parse(out.join('')) as { readonly findings: readonly Finding[] }
  return { code, findings, out: findings.map(lineOf).join('\n'), err: err.join('') }
}

const lineOf = ({ code, rule: id, message }: Finding): string =>
  `${code}: ${id === null ? '' : `rule "${id}": `}${message}`

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

test('ordinary rules have no findings', async t => {
  const { code, out } = await lint(t, [rule('a'), rule('b')], '--strict')
  assert.deepEqual([code, out], [0, ''])
})

for (const [what, parts, text] of [
  [
    'tokens for any audience',
    { authenticators: [{ handler: 'jwt', config: { trusted_issuers: ['https://one/'] } }] },
    /rule "r": authenticator "jwt": target_audience: no audience is set/,
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
    /a key of one issuer can sign for the other issuers/,
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
    /payload: {{ print \.Subject }} at position 9 is not encoded: a quote in the value ends the text/,
  ],
  [
    'a value in claims that is not encoded',
    { mutators: [{ handler: 'id_token', config: { claims: '{"n":"{{ .Extra.name }}"}' } }] },
    /claims: {{ \.Extra\.name }} at position 7 is not encoded: a quote in the value ends the text/,
  ],
] as const) {
  test(`advice on ${what}; with --strict it is a failure`, async t => {
    const { code, findings, out } = await lint(t, [rule('r', parts)])
    assert.equal(code, findings[0]?.level === 'error' ? 4 : 0)
    assert.match(out, text)
    assert.equal(findings.length, 1, out)
    assert.equal((await lint(t, [rule('r', parts)], '--strict')).code, 4)
  })
}

test('encoded values, one issuer, named audiences: no findings', async t => {
  const { out } = await lint(t, [
    rule('a', {
      authenticators: [
        { handler: 'jwt', config: { target_audience: ['a'], trusted_issuers: ['https://one/'] } },
      ],
      authorizer: {
        handler: 'remote_json',
        config: { payload: '{"sub":{{ .Subject | toJson }},"kind":"user"}' },
      },
      mutators: [{ handler: 'id_token', config: { claims: '{"session":{{ .Extra | toJson }}}' } }],
    }),
  ])
  assert.equal(out, '')
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
    /rule "passes": passes X-User as the client sent it, which other rules of app\.example set/,
  )
  assert.match(out, /rule "also": passes/)
  assert.doesNotMatch(out, /rule "elsewhere"/)
})

test('a rule that reads the body, behind a proxy that withholds it', async t => {
  const remote = (id: string, method: string) =>
    rule(id, {
      match: { url: `http://app.example/${id}`, methods: [method] },
      authorizer: { handler: 'remote' },
    })
  const parsed = rule('parsed', {
    match: { hosts: ['app.example'], paths: ['/parsed'] },
    body: { parse: 'json' },
  })
  const nested = rule('nested', {
    match: { url: 'http://app.example/nested', methods: ['PUT'] },
    authorizer: undefined,
    authorizers: [{ any: [{ handler: 'remote' }] }],
  })
  const rules = [remote('posts', 'POST'), remote('gets', 'GET'), parsed, nested]
  const about =
    /rule "posts": the authorizer reads the body, and a proxy with serve\.api\.forwarded: x-original does not send it/
  const { out } = await lintBehind('x-original', { t, rules })
  assert.match(out, about)
  assert.match(out, /rule "parsed": body: the rule reads the body, and a proxy/)
  assert.doesNotMatch(out, /gets"?[^\n]*reads the body|Traefik/)
  const { out: forwarded } = await lintBehind('x-forwarded', { t, rules })
  assert.match(forwarded, /Traefik does with forwardBody and preserveRequestMethod/)
  assert.doesNotMatch((await lintBehind('envoy', { t, rules })).out, /reads the body/)
})

for (const [what, payload, expected] of [
  ['a number in quotes of its own', '{"n":{{ .Extra.n | toJson }}}', undefined],
  ['raw JSON', '{"s":{{ .Extra | toRawJson }}}', undefined],
  ['indented JSON', '{"s":{{- .Extra | toPrettyJson -}}}', undefined],
  [
    'a name in the quotes of the template',
    '{"n":{{ index .Extra "a b" | toJson }},"k":"v"}',
    undefined,
  ],
  ['a brace in a string of the template', '{"n":{{ print "}}" .Subject | toJson }}}', undefined],
  ['conditions', '{{ if eq .Subject "a" }}{"a":"b"}{{ else }}{}{{ end }}', undefined],
  ['a hash of the subject', '{"h":"{{ .Subject | sha256sum }}"}', undefined],
  ['no value of the session', '{"t":"{{ now | unixEpoch }}"}', undefined],
  [
    'a value without quotes',
    '{"sub":{{ .Subject }}}',
    '{{ .Subject }} at position 8 is not encoded: pass it to toJson',
  ],
  [
    'an encoded value with other quotes around it',
    '{"sub":"{{ .Subject | toJson }}"}',
    '{{ .Subject | toJson }} at position 9 adds its own quotes: leave out those around it',
  ],
  [
    'a value after an escaped quote',
    '{"a":"\\"{{ .Subject }}"}',
    '{{ .Subject }} at position 9 is not encoded: a quote in the value ends the text; pass it to toJson and leave out the quotes around it',
  ],
  [
    'a value after an encoded one',
    '{"a":{{ .Extra | toJson }},"b":{{ index .Extra "b" }}}',
    '{{ index .Extra "b" }} at position 32 is not encoded: pass it to toJson',
  ],
] as const) {
  test(`advice on JSON of a template: ${what}`, async t => {
    const authorizer = { handler: 'remote_json', config: { payload } }
    const { out } = await lint(t, [rule('r', { authorizer })])
    if (expected === undefined) assert.equal(out, '')
    else assert.ok(`${out}\n`.includes(`"remote_json": payload: ${expected}\n`), out)
  })
}

test('a template in a setting without templates is reported at load and by lint', async t => {
  const { out } = await lint(t, [
    rule('r', {
      authenticators: [
        {
          handler: 'jwt',
          config: {
            allowed_algorithms: ['RS256', '{{ print .Subject }}'],
            target_audience: ['orders-{{ .MatchContext.Method }}'],
            required_scope: ['{{ .MatchContext.Method }}'],
            trusted_issuers: ['https://{{ .Extra.i }}/'],
          },
        },
      ],
      mutators: [
        header('X').mutators[0],
        { handler: 'id_token', config: { issuer_url: '{{ x }}' } },
      ],
      errors: [{ handler: 'redirect', config: { to: 'http://login/?u={{ .Subject }}' } }],
    }),
  ])
  for (const place of [
    'authenticator "jwt": config.allowed_algorithms.1',
    'authenticator "jwt": config.trusted_issuers.0',
    'mutator "id_token": config.issuer_url',
    'error "redirect": config.to',
  ]) {
    assert.match(
      out,
      new RegExp(`${place}: "[^\n]*" is used literally: this setting is not a template`),
    )
  }
  assert.doesNotMatch(out, /headers|target_audience|required_scope/)
})

test('regular expressions in the upstream URL are reported', async t => {
  const upstream = (url: string, strip_path: string) => ({ upstream: { url, strip_path } })
  const { out } = await lint(t, [
    rule('a', upstream('http://app.internal/<.*>', '')),
    rule('b', upstream('http://app.internal/', '/api/<[^/]+>')),
    rule('c', upstream('http://app.internal/a', '/api')),
  ])
  assert.match(
    out,
    /rule "a": upstream\.url: found "http:\/\/app\.internal\/<\.\*>", which is used literally/,
  )
  assert.match(out, /rule "b": upstream\.strip_path: found "\/api\/<\[\^\/\]\+>"/)
  assert.doesNotMatch(out, /rules? [^\n]*"c"/)
})

test('rules for different applications of one host are not compared', async t => {
  const to = (url: string) => ({ upstream: { url } })
  const { out } = await lint(t, [
    rule('sets', { ...header('X-User'), ...to('http://one.internal/a') }),
    rule('same', to('http://one.internal/b')),
    rule('other', to('http://two.internal')),
  ])
  assert.match(out, /rule "same": passes X-User/)
  assert.doesNotMatch(out, /other"/)
})

const proxied = (id: string) => rule(id, { upstream: { url: 'http://app.internal' } })
const aboutForwarded = /serve\.api\.forwarded: auto/g

for (const [what, rules, serve, count] of [
  ['a proxy alone', [proxied('a'), proxied('b')], {}, 0],
  ['rules only for the decision API', [proxied('a'), rule('b'), rule('c')], {}, 1],
  ['a closed proxy', [proxied('a')], { proxy: { enabled: false } }, 1],
  ['a configured gRPC door', [rule('a')], { grpc: { port: 4457 } }, 0],
  ['a configured dialect', [rule('a')], { api: { forwarded: 'x-forwarded' } }, 0],
] as const) {
  test(`advice on serve.api.forwarded, once, where it applies: ${what}`, async t => {
    const { out } = await lintBehind('auto', { t, rules, config: { serve } })
    assert.equal(out.match(aboutForwarded)?.length ?? 0, count, out)
  })
}

test('a log with sensitive values is reported, and rules that repeat others', async t => {
  const log = { leak_sensitive_values: true }
  const twice = rule('a')
  const { out } = await lintBehind('envoy', { t, rules: [twice, twice], config: { log } })
  assert.match(out, /leaks-in-log: log\.leak_sensitive_values: true/)
  assert.match(out, /duplicate-id: rule "a": the id "a" is used twice/)
  assert.match(out, /unreachable: rule "a": match: other rules, such as "a", match every request/)
})

test('an empty baseline, and an empty file of a caller, are read and refused for what they are', async t => {
  const folder = temporaryFolder(t)
  for (const text of ['', '\n']) {
    writeFileSync(join(folder, 'empty.yaml'), text)
    for (const [option, expected] of [
      ['--baseline', /empty\.yaml: found an empty file, expected \{"findings": \[…\]\}/],
      ['--edge', /empty\.yaml: found an empty file, expected one of Envoy, nginx/],
    ] as const) {
      const { code, err } = await lintText(t, option, join(folder, 'empty.yaml'))
      assert.match(err, expected)
      assert.equal(code, 1)
      const missing = await lintText(t, option, join(folder, 'none.yaml'))
      assert.match(missing.err, /none\.yaml: cannot be read/)
      assert.equal(missing.code, 1)
    }
  }
})

async function lintText(t: TestContext, ...more: readonly string[]) {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'rules.yaml'), '[]')
  const config = { access_rules: { repositories: [`file://${folder}/rules.yaml`] } }
  writeFileSync(join(folder, 'oarlock.yaml'), stringify(config))
  const err: string[] = []
  const output = { out: () => undefined, err: (text: string) => err.push(text) }
  const code = await run(['lint', '-c', join(folder, 'oarlock.yaml'), ...more], output)
  return { code, err: err.join('') }
}
