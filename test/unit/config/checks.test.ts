import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderIssue } from '../../../src/config/issue.ts'
import { unbuiltKeys } from '../../../src/config/unbuilt.ts'
import { issuesOf, load } from './support.ts'

const cors = (settings: string) => `serve:\n  api:\n    cors: {${settings}}\n`

for (const origins of [
  '',
  ', allowed_origins: ["*"]',
  ', allowed_origins: []',
  ', allowed_origins: ["http://a", "*"]',
]) {
  test(`credentials together with any origin are a warning: ${origins || 'default'}`, async t => {
    const yaml = cors(`enabled: true, allow_credentials: true${origins}`)
    const { warnings } = await load(t, yaml)
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /a\.yaml:3:27 serve\.api\.cors\.allow_credentials: found true/)
  })
}

test('credentials with named origins, and any origin without credentials, have no warning', async t => {
  const named = cors('enabled: true, allow_credentials: true, allowed_origins: ["http://a"]')
  const wild = cors('enabled: true, allow_credentials: true, allowed_origins: ["https://*.a.test"]')
  for (const yaml of [named, wild, cors('enabled: true'), cors('allow_credentials: true')]) {
    assert.deepEqual((await load(t, yaml)).warnings, [])
  }
})

for (const [tls, place] of [
  ['{key: {path: k}}', 'tls.cert'],
  ['{cert: {base64: k}}', 'tls.key'],
  ['{client_ca: {path: k}}', 'tls.client_ca'],
  ['{key: {path: k}, cert: {}}', 'tls.cert'],
] as const) {
  test(`only one of key and certificate is refused: ${tls}`, async t => {
    const issues = await issuesOf(t, { 'a.yaml': `serve: {grpc: {tls: ${tls}}}\n` })
    assert.equal(issues.length, 1)
    assert.ok(issues[0]?.includes(` serve.grpc.${place}: `), issues[0])
  })
}

test('key and certificate may come from different places', async t => {
  const yaml = 'serve: {api: {tls: {key: {path: k}, cert: {base64: c}, client_ca: {path: a}}}}\n'
  assert.deepEqual(await issuesOf(t, { 'a.yaml': yaml }), [])
})

test('the cache redis needs an address', async t => {
  assert.equal((await issuesOf(t, { 'a.yaml': 'cache: {backend: redis}\n' })).length, 1)
  const issues = (url: string) =>
    issuesOf(t, { 'a.yaml': `cache: {backend: redis, redis: {url: "${url}"}}\n` })
  for (const url of ['redis://h', 'rediss://u:p@h:6380/2']) assert.deepEqual(await issues(url), [])
  for (const url of ['http://h', 'redis:h', 'redis://']) {
    const [issue] = await issues(url)
    assert.match(issue ?? '', / cache\.redis\.url: found/, url)
  }
})

test('times of key sets must be durations', async t => {
  const yaml = (key: string) =>
    `authenticators: {jwt: {enabled: true, config: {jwks_urls: [], ${key}}}}\n`
  assert.deepEqual(await issuesOf(t, { 'a.yaml': yaml('jwks_ttl: 1m') }), [])
  assert.equal((await issuesOf(t, { 'a.yaml': yaml('jwks_ttl: soon') })).length, 1)
  assert.equal((await issuesOf(t, { 'a.yaml': yaml('jwks_max_wait: ""') })).length, 1)
})

const tokenConfigs: readonly (readonly [config: string, problem: RegExp | undefined])[] = [
  [
    'jwt: {enabled: true, config: {metadata_url: "https://a/.well-known/openid-configuration"}}',
    undefined,
  ],
  ['jwt: {enabled: true, config: {metadata_url: "https://a/x", issuer: "https://a"}}', undefined],
  ['jwt: {enabled: true, config: {jwks_urls: [], leeway: 5m}}', undefined],
  [
    'jwt: {enabled: true, config: {metadata_url: "https://a/x"}}',
    / authenticators\.jwt\.config\.metadata_url: found "https:\/\/a\/x", expected a URL with \/\.well-known/,
  ],
  [
    'jwt: {enabled: true, config: {metadata_url: "ftp://a/x", issuer: "https://a"}}',
    /metadata_url: .*expected an http or https URL/,
  ],
  [
    'jwt: {enabled: true, config: {jwks_urls: [], leeway: 6m}}',
    / authenticators\.jwt\.config\.leeway: found "6m", expected at most 5m/,
  ],
  ['jwt: {enabled: true, config: {jwks_urls: [], leeway: 1}}', /leeway: .*expected a duration/],
  [
    'jwt: {enabled: true, config: {}}',
    /jwks_urls: found nothing, expected a list: this key is required/,
  ],
  ['jwt: {enabled: true}', /authenticators\.jwt\.config: found nothing/],
  [
    'jwt: {enabled: true, config: {jwks_urls: [], metadata_url: "https://a/.well-known/openid-configuration"}}',
    /jwks_urls: .*expected metadata_url or jwks_urls, not both/,
  ],
  [
    'jwt: {enabled: true, config: {jwks_urls: [], issuer: a}}',
    /issuer: .*expected metadata_url beside it/,
  ],
  [
    'jwt: {enabled: true, config: {jwks_urls: [], token_types: []}}',
    /token_types: .*at least 1 entries/,
  ],
  [
    'jwt: {enabled: true, config: {jwks_urls: [], token_type: [a]}}',
    /token_type: .*did you mean "token_types"\?/,
  ],
  [
    'jwt: {enabled: true, config: {jwks_urls: [], token_from: {websocket_protocol: "a b"}}}',
    /token_from\.websocket_protocol: /,
  ],
  ['oauth2_introspection: {enabled: true, config: {}}', /introspection_url: found nothing/],
  [
    'oauth2_introspection: {enabled: true, config: {introspection_url: "https://a", leeway: 1h}}',
    /oauth2_introspection\.config\.leeway: found "1h", expected at most 5m/,
  ],
  [
    'oauth2_introspection: {enabled: true, config: {metadata_url: "https://a/x"}}',
    /oauth2_introspection\.config\.metadata_url: .*`issuer` beside it/,
  ],
]
for (const [config, problem] of tokenConfigs) {
  test(`authenticators: {${config}} is ${problem ? 'a mistake' : 'good'}`, async t => {
    const issues = await issuesOf(t, { 'a.yaml': `authenticators: {${config}}\n` })
    if (problem === undefined) assert.deepEqual(issues, [])
    else assert.match(issues.join('\n'), problem)
  })
}

test('a provider of traces needs its address', async t => {
  for (const [provider, key] of [
    ['otel', 'otlp'],
    ['zipkin', 'zipkin'],
  ]) {
    const issues = await issuesOf(t, { 'a.yaml': `tracing: {provider: ${provider}}\n` })
    assert.equal(issues.length, 1)
    assert.match(JSON.stringify(issues), new RegExp(`tracing.providers.${key}.server_url`))
  }
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }
  assert.deepEqual(await issuesOf(t, { 'a.yaml': 'tracing: {provider: otel}\n' }, env), [])
  const given = 'tracing: {provider: otel, providers: {otlp: {server_url: "a:4318"}}}\n'
  assert.deepEqual(await issuesOf(t, { 'a.yaml': given }), [])
})

const always: readonly string[] = []

async function unbuilt(t: Parameters<typeof load>[0], yaml: string) {
  const keys = unbuiltKeys((await load(t, yaml)).config)
  return keys.filter(key => !always.includes(key))
}

test('with the defaults only the missing doors are reported', async t => {
  assert.deepEqual(await unbuilt(t, ''), [])
})

for (const [key, yaml] of [['profiling', 'profiling: cpu\n']] as const) {
  test(`a setting without effect is reported: ${key}`, async t => {
    assert.deepEqual(await unbuilt(t, yaml), [key])
  })
}

test('the provider jaeger gives a warning with the keys to use', async t => {
  const { warnings } = await load(t, 'tracing: {provider: jaeger}\n')
  assert.equal(warnings.length, 1)
  assert.match(
    warnings[0] ?? '',
    /^tracing\.provider: .*context is passed on.*tracing\.providers\.otlp\.server_url/,
  )
})

test('a value equal to its default is not reported', async t => {
  const yaml = 'serve: {workers: 1}\naccess_rules: {refresh: 00s, on_start_error: exit}\n'
  assert.deepEqual(await unbuilt(t, yaml), [])
})

test('local, inline and remote repositories are read', async t => {
  const yaml =
    'access_rules: {refresh: 10s, on_start_error: wait, repositories: ["file:///a", "inline://W10=", "https://h/r", "s3://b/r"]}\n'
  assert.deepEqual(await unbuilt(t, yaml), [])
})

test('an issue is one line, with the known parts of its place', () => {
  const what = { key: 'a.b', found: '1', expected: 'a string' }
  const lines = [
    renderIssue({ ...what, file: 'f.yaml', line: 2, column: 3 }),
    renderIssue({ ...what, file: 'f.yaml' }),
    renderIssue({ ...what, variable: 'A_B' }),
    renderIssue(what),
    renderIssue({ ...what, key: '' }),
  ]
  assert.deepEqual(lines, [
    'f.yaml:2:3 a.b: found 1, expected a string',
    'f.yaml a.b: found 1, expected a string',
    '$A_B a.b: found 1, expected a string',
    'a.b: found 1, expected a string',
    'found 1, expected a string',
  ])
})

test('a trusted proxy that is not a network is named', async t => {
  const yaml = 'serve: {api: {trusted_proxies: ["10.0.0.0/8", "10.0.0.0/99"]}}\n'
  const issues = await issuesOf(t, { 'a.yaml': yaml })
  assert.equal(issues.length, 1)
  assert.match(issues[0] ?? '', /serve\.api\.trusted_proxies\.1: found "10\.0\.0\.0\/99"/)
})

test('resources must be https URLs that differ', async t => {
  const issues = (text: string) => issuesOf(t, { 'a.yaml': `resources:\n${text}` })
  assert.deepEqual(
    await issues(
      '  - {resource: "https://a.example", authorization_servers: ["https://i.example"]}\n',
    ),
    [],
  )
  for (const [text, expected] of [
    [
      '  - {resource: "http://a.example"}\n',
      / resources\.0\.resource: found "http:\/\/a\.example" \(string\), expected an https URL such as/,
    ],
    [
      '  - {resource: "https://a.example/?b"}\n',
      /resources\.0\.resource: .*without query and fragment/,
    ],
    ['  - {}\n', /resources\.0\.resource: found nothing/],
    [
      '  - {resource: "https://a.example", scope_supported: [a]}\n',
      /scope_supported: found an unknown key.*did you mean "scopes_supported"/,
    ],
    [
      '  - {resource: "https://a.example", bearer_methods_supported: [cookie]}\n',
      /bearer_methods_supported\.0: found "cookie"/,
    ],
    [
      '  - {resource: "https://a.example", authorization_servers: ["http://i.example"]}\n',
      /authorization_servers\.0: found "http:\/\/i\.example"/,
    ],
    [
      '  - {resource: "https://a.example", authorization_servers: ["https://i.example/?a"]}\n',
      /authorization_servers\.0/,
    ],
    [
      '  - {resource: "https://a.example"}\n  - {resource: "https://A.example/"}\n',
      /resources\.1\.resource: .*expected another URL: that of resources\.0 means the same/,
    ],
  ] as const) {
    const found = await issues(text)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', expected)
  }
})
