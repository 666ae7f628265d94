/** What lint reports and what not, beside the examples of the pages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lintFindings, plainRule } from '../../../support/lint.ts'

interface Case {
  readonly rules: readonly object[]
  readonly config?: object
  /** `code rule`; the rule is empty for the configuration. */
  readonly expected: readonly string[]
}

const header = (headers: object) => ({ mutators: [{ handler: 'header', config: { headers } }] })
const anonymous = { authenticators: [{ handler: 'anonymous' }] }
const methods = (...list: readonly string[]) => ({
  match: { url: 'https://shop.example/r', methods: list },
})
const post = { ...methods('POST'), ...anonymous }
const authorizers = (list: readonly object[]) => ({ authorizer: undefined, authorizers: list })
const allow = { handler: 'allow' }
const cel = { handler: 'cel' }

const cases: Readonly<Record<string, Case>> = {
  'a rule that is in order': { rules: [plainRule('r')], expected: [] },
  'anybody may post': { rules: [plainRule('r', post)], expected: ['unsafe-method-open r'] },
  'anybody may post after jwt has passed the request on': {
    rules: [
      plainRule('r', {
        ...methods('POST'),
        authenticators: [{ handler: 'jwt' }, { handler: 'anonymous' }],
      }),
    ],
    expected: ['unsafe-method-open r'],
  },
  'nobody is asked after unauthorized': {
    rules: [
      plainRule('r', {
        ...methods('POST'),
        authenticators: [{ handler: 'jwt' }, { handler: 'unauthorized' }, { handler: 'anonymous' }],
      }),
    ],
    expected: [],
  },
  'a policy decides about a post': {
    rules: [plainRule('r', { ...post, authorizer: cel })],
    expected: [],
  },
  'a policy in a group decides about a post': {
    rules: [plainRule('r', { ...post, ...authorizers([allow, { all: [allow, cel] }]) })],
    expected: [],
  },
  'any of a policy and allow is allow': {
    rules: [plainRule('r', { ...post, ...authorizers([{ any: [cel, allow] }]) })],
    expected: ['unsafe-method-open r'],
  },
  'paths without methods are for all methods': {
    rules: [plainRule('r', { match: { hosts: ['h.example'], paths: ['/r'] }, ...anonymous })],
    expected: ['unsafe-method-open r'],
  },
  'gRPC methods are always posts': {
    rules: [
      plainRule('r', { match: { authority: 'h.example', full_method: 'p.S/M' }, ...anonymous }),
    ],
    expected: [],
  },
  'no method': { rules: [plainRule('r', methods())], expected: ['never-matches r'] },
  'a default rule that asks a policy, and one that denies': {
    rules: [
      plainRule('a', {
        match: { hosts: ['a.example'], default: true, methods: ['GET'] },
        authorizer: cel,
      }),
      plainRule('b', {
        match: { hosts: ['b.example'], default: true, methods: ['GET'] },
        authenticators: [{ handler: 'unauthorized' }],
      }),
    ],
    expected: [],
  },
  'a default rule with a token': {
    rules: [plainRule('r', { match: { hosts: ['a.example'], default: true, methods: ['GET'] } })],
    expected: ['default-allows r'],
  },
  'values that may be missing': {
    rules: [
      plainRule('plain', header({ 'X-A': '{{ .Extra.a }}' })),
      plainRule('index', header({ 'X-A': '{{- index .Extra "a b" -}}' })),
      plainRule('print', header({ 'X-A': '{{ print .Extra.a }}' })),
      plainRule('default', header({ 'X-A': '{{ .Extra.a | default "x" }}' })),
      plainRule('if', header({ 'X-A': '{{ if .Extra.a }}{{ .Extra.a }}{{ end }}' })),
      plainRule('subject', header({ 'X-A': '{{ .Subject }}' })),
      plainRule('required', {
        authenticators: [
          { handler: 'jwt', config: { required_claims: [{ path: 'a', equals: 'x' }] } },
        ],
        ...header({ 'X-A': '{{ .Extra.a }}' }),
      }),
    ].map(rule => ({ ...rule, upstream: { url: `http://${rule.id}.internal` } })),
    expected: ['no-value plain', 'no-value index'],
  },
  'named captures in templates': {
    rules: [
      ...['{{ .MatchContext.Named.id }}', '{{ .MatchContext.Named.idd }}'].map((template, i) =>
        plainRule(`parts${i}`, {
          match: { hosts: ['h.example'], paths: [`/${i}/{id}`], methods: ['GET'] },
          ...header({ 'X-A': template }),
        }),
      ),
      plainRule('none', header({ 'X-A': '{{ index .MatchContext.Named "a" }}' })),
      plainRule('if', header({ 'X-A': '{{ with .MatchContext.Named.a }}{{ . }}{{ end }}' })),
    ],
    expected: ['no-value parts1', 'no-value none'],
  },
  'values in URLs and JSON of headers': {
    rules: [
      plainRule('url', header({ 'X-A': 'https://h/?u={{ print .Subject }}' })),
      plainRule('query', header({ 'X-A': '/x?u={{ print .Subject }}' })),
      plainRule('encoded', header({ 'X-A': 'https://h/?u={{ .Subject | urlquery }}' })),
      plainRule('json', header({ 'X-A': '{"u":"{{ print .Subject }}"}' })),
      plainRule('toJson', header({ 'X-A': '{"u":{{ .Subject | toJson }}}' })),
      plainRule('text', header({ 'X-A': 'user {{ print .Subject }}' })),
    ],
    expected: ['unencoded url', 'unencoded query', 'unencoded json'],
  },
  'a token in the query': {
    rules: [
      plainRule('r', {
        authenticators: [{ handler: 'jwt', config: { token_from: { query_parameter: 't' } } }],
      }),
    ],
    expected: ['credential-passes r'],
  },
  'a client secret': {
    rules: [
      plainRule('r', { authenticators: [{ handler: 'oauth2_client_credentials' }] }),
      plainRule('replaced', {
        authenticators: [{ handler: 'oauth2_client_credentials' }],
        mutators: [{ handler: 'header', config: { headers: { Authorization: '' } } }],
      }),
      plainRule('denied', {
        authenticators: [{ handler: 'oauth2_client_credentials' }],
        authorizer: { handler: 'deny' },
      }),
    ].map(rule => ({ ...rule, upstream: { url: `http://${rule.id}.internal` } })),
    expected: ['credential-passes r'],
  },
  'a cookie beside a token of ours': {
    rules: [
      plainRule('r', {
        authenticators: [{ handler: 'cookie_session' }],
        mutators: [{ handler: 'id_token' }],
      }),
      plainRule('removed', {
        authenticators: [{ handler: 'cookie_session', remove_credential: true }],
        mutators: [{ handler: 'id_token' }],
      }),
      plainRule('named', {
        authenticators: [{ handler: 'cookie_session' }],
        mutators: [{ handler: 'remove', config: { cookies: ['si*'] } }, { handler: 'id_token' }],
      }),
    ],
    expected: ['credential-passes r'],
  },
  'a token that other rules remove': {
    rules: [
      plainRule('removes', { authenticators: [{ handler: 'jwt', remove_credential: true }] }),
      plainRule('r'),
    ],
    expected: ['credential-passes r', 'owned-elsewhere r'],
  },
  'secrets in rules, and templates that are none': {
    rules: [
      plainRule('r', {
        authorizer: {
          handler: 'remote',
          config: { headers: { Authorization: 'Bearer s3cret', Cookie: '{{ print .Subject }}' } },
        },
      }),
      plainRule('url', {
        authorizer: { handler: 'remote', config: { remote: 'https://a:b@policy.example/' } },
      }),
    ],
    expected: ['secret-in-file r', 'secret-in-file url'],
  },
  'private and public keys as part of URLs': {
    rules: [plainRule('r')],
    config: {
      authenticators: { jwt: { config: { jwks_urls: [inlineKeys({ n: 'x', e: 'AQAB' })] } } },
      mutators: { id_token: { config: { jwks_url: inlineKeys({ d: 'x' }) } } },
    },
    expected: ['secret-in-file '],
  },
  'networks that are wide': {
    rules: [plainRule('r')],
    config: { serve: { proxy: { trusted_proxies: ['10.0.0.0/8', '0.0.0.0/1', '2000::/3'] } } },
    expected: ['trusts-everyone ', 'trusts-everyone '],
  },
  'the proxy has no caller that waits': {
    rules: [
      plainRule('r', {
        authorizer: { handler: 'remote' },
        upstream: { url: 'http://up.internal' },
      }),
    ],
    config: { limits: { decision: { timeout: '10s' } } },
    expected: [],
  },
  'an upstream that is a template': {
    rules: [plainRule('r', { upstream: { url: 'http://up.internal/{{ .Subject }}' } })],
    expected: ['template-as-text r'],
  },
  'a path parameter before an admin rule': {
    rules: [
      plainRule('admin', { match: { url: 'https://h.example/admin<(/.*)?>', methods: ['GET'] } }),
      plainRule('open', {
        match: { url: 'https://h.example/<(?!admin(/|$)).*>', methods: ['GET'] },
        ...anonymous,
      }),
    ],
    expected: ['path-parameters open'],
  },
  'a path parameter before everything below a path': {
    rules: [
      plainRule('api', { match: { url: 'https://h.example/api/<.*>', methods: ['GET'] } }),
      plainRule('open', {
        match: { url: 'https://h.example/<(?!api/).*>', methods: ['GET'] },
        ...anonymous,
      }),
    ],
    expected: ['path-parameters open'],
  },
  'a path parameter that no open rule takes': {
    rules: [
      plainRule('admin', { match: { url: 'https://h.example/admin<(/.*)?>', methods: ['GET'] } }),
      plainRule('open', {
        match: { url: 'https://h.example/public/<.*>', methods: ['GET'] },
        ...anonymous,
      }),
    ],
    expected: [],
  },
}

function inlineKeys(key: object): string {
  const set = JSON.stringify({ keys: [{ kty: 'RSA', kid: 'k', ...key }] })
  return `inline://${Buffer.from(set).toString('base64')}`
}

for (const [what, { rules, config, expected }] of Object.entries(cases)) {
  test(`lint: ${what}`, async t => {
    const found = await lintFindings(t, rules, config)
    const codes = found.map(({ code, rule }) => `${code} ${rule ?? ''}`)
    assert.deepEqual(codes.toSorted(), expected.toSorted())
  })
}
