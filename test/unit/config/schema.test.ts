import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { schemaDocument } from '../../../src/config/schema/document.ts'
import { configSchema } from '../../../src/config/schema/root.ts'
import { propertiesOf, type SchemaNode } from '../../../src/config/schema/walk.ts'
import { issuesOf, load } from './support.ts'

test('docs/config.schema.json is a fresh assembly', () => {
  const file = new URL('../../../docs/config.schema.json', import.meta.url)
  assert.equal(readFileSync(file, 'utf8'), schemaDocument())
})

test('every key has a description', () => {
  const silent: string[] = []
  const visit = (node: SchemaNode, path: string): void => {
    for (const [key, child] of Object.entries(propertiesOf(node))) {
      const isSaid = 'description' in child || key === 'config'
      if (!isSaid) silent.push(`${path}${key}`)
      visit(child, `${path}${key}.`)
    }
  }
  visit(configSchema, '')
  assert.deepEqual(silent, [])
})

test('every default fits its own schema', async t => {
  const { config } = await load(t, '')
  assert.deepEqual(await issuesOf(t, { 'a.json': JSON.stringify(config) }), [])
})

const needed = {
  authenticators: [
    'bearer_token',
    'cookie_session',
    'jwt',
    'oauth2_client_credentials',
    'oauth2_introspection',
  ],
  authorizers: ['keto_engine_acp_ory', 'remote', 'remote_json'],
  mutators: ['cookie', 'header', 'hydrator', 'id_token'],
  'errors.handlers': ['redirect'],
}
const free = {
  authenticators: ['anonymous', 'noop', 'unauthorized'],
  authorizers: ['allow', 'cel', 'deny'],
  mutators: ['noop', 'query', 'remove', 'response_cookie', 'response_header'],
  'errors.handlers': ['bearer_challenge', 'json', 'www_authenticate'],
}

const wrap = (section: string, name: string, value: object): string =>
  JSON.stringify(
    section === 'errors.handlers'
      ? { errors: { handlers: { [name]: value } } }
      : { [section]: { [name]: value } },
  )

test('the schema has all handlers and no others', async t => {
  const { config } = await load(t, '')
  const names = (section: object) => Object.keys(section).sort()
  const all = (section: keyof typeof needed) => [...needed[section], ...free[section]].sort()
  assert.deepEqual(names(config.authenticators), all('authenticators'))
  assert.deepEqual(names(config.authorizers), all('authorizers'))
  assert.deepEqual(names(config.mutators), all('mutators'))
  assert.deepEqual(names(config.errors.handlers), all('errors.handlers'))
})

for (const [section, names] of Object.entries(needed)) {
  for (const name of names) {
    test(`${name} needs a config when it is enabled, and accepts any config when it is disabled`, async t => {
      const of = (value: object) => issuesOf(t, { 'a.json': wrap(section, name, value) })
      assert.notDeepEqual(await of({ enabled: true }), [])
      assert.notDeepEqual(await of({ enabled: true, config: null }), [])
      assert.notDeepEqual(await of({ enabled: true, config: {} }), [])
      assert.deepEqual(await of({ enabled: false, config: { nonsense: 1 }, other: 2 }), [])
      assert.deepEqual(await of({ config: 5 }), [])
      assert.notDeepEqual(await of({ enabled: 'x' }), [])
    })
  }
}

for (const [section, names] of Object.entries(free)) {
  for (const name of names) {
    test(`${name} can be enabled without a config`, async t => {
      assert.deepEqual(await issuesOf(t, { 'a.json': wrap(section, name, { enabled: true }) }), [])
    })
  }
}

for (const [section, name] of [
  ['authenticators', 'noop'],
  ['authenticators', 'unauthorized'],
  ['authorizers', 'allow'],
  ['authorizers', 'deny'],
  ['mutators', 'noop'],
] as const) {
  test(`${section} ${name} accepts only enabled`, async t => {
    const of = (value: object) => issuesOf(t, { 'a.json': wrap(section, name, value) })
    assert.equal((await of({ enabled: true, config: {} })).length, 1)
    assert.equal((await of({ foo: 1 })).length, 1)
  })
}

test('anonymous is checked even when it is disabled', async t => {
  const of = (value: object) =>
    issuesOf(t, { 'a.json': wrap('authenticators', 'anonymous', value) })
  assert.equal((await of({ enabled: false, config: { foo: 1 } })).length, 1)
  assert.equal((await of({ foo: 1 })).length, 1)
})

test('json is enabled by default: its config is checked unless it is disabled', async t => {
  const of = (value: object) => issuesOf(t, { 'a.json': wrap('errors.handlers', 'json', value) })
  assert.equal((await of({ config: { verbose: 'x' } })).length, 1)
  assert.deepEqual(await of({ enabled: false, config: { verbose: 'x' } }), [])
})

test('the config of a disabled handler is ignored', async t => {
  const { config } = await load(t, 'authenticators: {jwt: {config: 5}}\n')
  assert.deepEqual(config.authenticators.jwt, { enabled: false })
})

for (const path of [
  '',
  'serve',
  'serve.api',
  'serve.grpc',
  'serve.proxy',
  'serve.api.cors',
  'serve.api.tls',
  'serve.api.timeout',
  'access_rules',
  'log',
  'tracing',
  'errors',
  'errors.handlers',
  'limits',
  'cache',
  'templates',
  'authenticators',
]) {
  test(`an unknown key is refused in ${path || 'the root'}`, async t => {
    const inner: object = { nonsense: {} }
    const value = path
      .split('.')
      .filter(Boolean)
      .reduceRight<object>((below, key) => ({ [key]: below }), inner)
    assert.equal((await issuesOf(t, { 'a.json': JSON.stringify(value) })).length, 1)
  })
}

for (const [yaml, expected] of [
  ['$schema: x\n', 'an unknown key'],
  ['serve: {proxy: {timeout: {read: 1m30s}}}\n', 'a duration'],
  ['serve: {proxy: {timeout: {read: 5}}}\n', 'a duration|a string'],
  ['serve: {api: {cors: {allowed_methods: [OPTIONS]}}}\n', 'one of "GET"'],
  ['serve: {api: {cors: {allowed_origins: [a, a]}}}\n', 'every entry once'],
  ['serve: {api: {port: 70000}}\n', 'at most 65535'],
  ['serve: {api: {trusted_proxies: [10.0.0.0/99]}}\n', 'a network'],
  ['serve: {api: {forwarded: nginx}}\n', 'one of "auto"'],
  ['serve: {api: {decision_id_header: "X Y"}}\n', 'a string of the form'],
  ['access_rules: {repositories: file:///x}\n', 'a list'],
  ['access_rules: {matching_strategy: ""}\n', 'one of "regexp", "glob"'],
  ['version: 1.2.3\n', 'a string of the form'],
  ['templates: {allow: [exec]}\n', 'one of "env"'],
  ['limits: {body: {bytes: 0}}\n', 'at least 1'],
  ['tracing: {provider: datadog}\n', 'one of "jaeger", "zipkin", "otel"'],
  ['tracing: {providers: {otlp: {server_url: "http://h:1"}}}\n', 'a string of the form'],
  ['errors: {fallback: json}\n', 'a list'],
  ['errors: {handlers: {json: {config: {when: [{error: [teapot]}]}}}}\n', 'one of "unauthorized"'],
  ['errors: {handlers: {json: {config: {when: [{request: {cidr: [x]}}]}}}}\n', 'a network'],
] as const) {
  test(`refused: ${yaml.trim()}`, async t => {
    const issues = await issuesOf(t, { 'a.yaml': yaml })
    assert.equal(issues.length, 1, issues.join('\n'))
    assert.match(issues[0] ?? '', new RegExp(expected))
  })
}

test('both spellings of client networks are accepted', async t => {
  const when =
    '[{request: {cidr: [10.0.0.0/8], remote_ip: {match: ["::1"], respect_forwarded_for_header: true}}}]'
  const yaml = `errors: {handlers: {json: {config: {when: ${when}}}}}\n`
  assert.deepEqual(await issuesOf(t, { 'a.yaml': yaml }), [])
})

test('pre_authorization needs its client once it is enabled', async t => {
  const of = (pre: string) =>
    issuesOf(t, {
      'a.yaml': `authenticators: {oauth2_introspection: {enabled: true, config: {introspection_url: "http://x", pre_authorization: ${pre}}}}\n`,
    })
  assert.deepEqual(await of('{client_id: a}'), [])
  assert.equal((await of('{enabled: true, client_id: a}')).length, 2)
  assert.equal((await of('{enabled: false, foo: 1}')).length, 1)
})

test('the trace address is host and port', async t => {
  for (const address of ['h:1', 'otel-collector.ns_a:4318', '10.0.0.1:1', '[::1]:1']) {
    const yaml = `tracing: {providers: {otlp: {server_url: "${address}"}, jaeger: {local_agent_address: "${address}"}}}\n`
    assert.deepEqual(await issuesOf(t, { 'a.yaml': yaml }), [])
  }
})
