import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { normalName, targetsOf } from '../../../src/config/env/names.ts'
import { filesOf } from '../../../src/config/load.ts'
import { configSchema } from '../../../src/config/schema/root.ts'
import { propertiesOf, type SchemaNode } from '../../../src/config/schema/walk.ts'
import { issuesOf, load, writeFiles } from './support.ts'

const hasEntries = async (
  t: Parameters<typeof load>[0],
  env: Readonly<Record<string, string>>,
  yaml = '',
) => (await load(t, yaml, env)).config

for (const name of [
  'SERVE_PROXY_PORT',
  'serve_proxy_port',
  'serve.proxy.port',
  'Serve_Proxy.Port',
]) {
  test(`${name} sets the port`, async t => {
    assert.equal((await hasEntries(t, { [name]: '1' })).serve.proxy.port, 1)
  })
}

test('the environment takes precedence over the file, the file over the default', async t => {
  const config = await hasEntries(t, { SERVE_API_PORT: '2' }, 'serve: {api: {port: 1, host: h}}\n')
  assert.deepEqual([config.serve.api.port, config.serve.api.host], [2, 'h'])
})

test('keys with underscores are found', async t => {
  const config = await hasEntries(t, {
    ERRORS_HANDLERS_WWW_AUTHENTICATE_CONFIG_REALM: 'r',
    SERVE_PROXY_TRUST_FORWARDED_HEADERS: 'true',
    MUTATORS_ID_TOKEN_CONFIG_TTL: '1h',
  })
  assert.equal(config.errors.handlers['www_authenticate']?.config?.['realm'], 'r')
  assert.equal(config.serve.proxy.trust_forwarded_headers, true)
  assert.equal(config.mutators['id_token']?.config?.['ttl'], '1h')
})

test('a section is a JSON object, merged leaf by leaf; a single key takes precedence over it', async t => {
  const env = { SERVE_API_PORT: '3', SERVE_API: '{"port": 2, "socket": "s"}' }
  const { api } = (await hasEntries(t, env, 'serve: {api: {host: h}}\n')).serve
  assert.deepEqual([api.port, api.host, api.socket], [3, 'h', 's'])
})

for (const [text, expected] of [
  ['a:x,b:y', ['a:x', 'b:y']],
  [' a:x , b:y ', ['a:x', 'b:y']],
  ['["a:x","b:y"]', ['a:x', 'b:y']],
  ['a:x', ['a:x']],
  ['', []],
] as const) {
  test(`a list: ${JSON.stringify(text)}`, async t => {
    const config = await hasEntries(t, { ACCESS_RULES_REPOSITORIES: text })
    assert.deepEqual(config.access_rules.repositories, expected)
  })
}

test('single elements of a list, over those of the file', async t => {
  const env = { ACCESS_RULES_REPOSITORIES_0: 'a:x', ACCESS_RULES_REPOSITORIES_1: 'b:y' }
  const yaml = 'access_rules: {repositories: ["f:0", "f:1", "f:2"]}\n'
  const config = await hasEntries(t, env, yaml)
  assert.deepEqual(config.access_rules.repositories, ['a:x', 'b:y', 'f:2'])
})

test('a gap between elements is refused', async t => {
  assert.deepEqual(await issuesOf(t, {}, { ACCESS_RULES_REPOSITORIES_1: 'a:x' }), [
    '$ACCESS_RULES_REPOSITORIES_1 access_rules.repositories.1: found an element after a gap, expected element 0 first',
  ])
})

test('elements are sorted by number', async t => {
  const numbers = Array.from({ length: 12 }, (_, i) => [`ACCESS_RULES_REPOSITORIES_${i}`, `a:${i}`])
  const config = await hasEntries(t, Object.fromEntries(numbers.reverse()))
  assert.deepEqual(
    config.access_rules.repositories,
    Array.from({ length: 12 }, (_, i) => `a:${i}`),
  )
})

test('a huge index is not an element', async t => {
  const config = await hasEntries(t, { ACCESS_RULES_REPOSITORIES_999999999: 'a:x' })
  assert.deepEqual(config.access_rules.repositories, [])
})

test('elements of lists of objects are not understood, the whole list is, as JSON', async t => {
  const env = {
    ERRORS_HANDLERS_JSON_CONFIG_WHEN_0_ERROR_0: 'forbidden',
    ERRORS_HANDLERS_REDIRECT_CONFIG_WHEN: '[{"error":["unauthorized"]}]',
  }
  const { json, redirect } = (await hasEntries(t, env)).errors.handlers
  assert.equal(json?.config?.['when'], undefined)
  assert.deepEqual(redirect?.config?.['when'], [{ error: ['unauthorized'] }])
})

test('free maps are one JSON object', async t => {
  const env = {
    MUTATORS_HEADER_CONFIG_HEADERS: '{"X-A":"b"}',
    MUTATORS_HEADER_CONFIG_HEADERS_X_B: 'c',
  }
  const config = await hasEntries(t, env)
  assert.deepEqual(config.mutators.header.config?.headers, { 'X-A': 'b' })
})

test('a free map that is not JSON is refused', async t => {
  assert.deepEqual(await issuesOf(t, {}, { MUTATORS_HEADER_CONFIG_HEADERS: 'X-A: b' }), [
    '$MUTATORS_HEADER_CONFIG_HEADERS mutators.header.config.headers: found another text (hidden), expected a JSON object',
  ])
})

test('alternatives: a token source by its key or as JSON', async t => {
  const one = await hasEntries(t, { AUTHENTICATORS_JWT_CONFIG_TOKEN_FROM_HEADER: 'X-Token' })
  assert.deepEqual(one.authenticators.jwt.config?.['token_from'], { header: 'X-Token' })
  const two = await hasEntries(t, { AUTHENTICATORS_JWT_CONFIG_TOKEN_FROM: '{"cookie":"c"}' })
  assert.deepEqual(two.authenticators.jwt.config?.['token_from'], { cookie: 'c' })
})

test('workers: a number or auto', async t => {
  assert.equal((await hasEntries(t, { SERVE_WORKERS: '4' })).serve.workers, 4)
  assert.equal((await hasEntries(t, { SERVE_WORKERS: 'auto' })).serve.workers, 'auto')
  assert.equal((await issuesOf(t, {}, { SERVE_WORKERS: 'many' })).length, 1)
})

for (const text of ['1', 't', 'T', 'true', 'TRUE', 'True']) {
  test(`${text} is true`, async t => {
    const config = await hasEntries(t, { AUTHORIZERS_ALLOW_ENABLED: text })
    assert.equal(config.authorizers.allow.enabled, true)
  })
}

for (const text of ['0', 'f', 'F', 'false', 'FALSE', 'False']) {
  test(`${text} is false`, async t => {
    const config = await hasEntries(t, { ERRORS_HANDLERS_JSON_ENABLED: text })
    assert.equal(config.errors.handlers.json.enabled, false)
  })
}

for (const text of ['yes', 'on', '', 'tRUE', '2', ' true', '__proto__', 'constructor']) {
  test(`${JSON.stringify(text)} is neither true nor false: refused`, async t => {
    assert.equal((await issuesOf(t, {}, { AUTHORIZERS_ALLOW_ENABLED: text })).length, 1)
  })
}

for (const text of ['abc', '', '31790.5', '0x10', '1e3', ' 1', 'Infinity']) {
  test(`${JSON.stringify(text)} is not a whole number: refused, never port 0`, async t => {
    assert.deepEqual(await issuesOf(t, {}, { SERVE_PROXY_PORT: text }), [
      `$SERVE_PROXY_PORT serve.proxy.port: found ${JSON.stringify(text)} (string), expected a whole number`,
    ])
  })
}

test('an empty variable is read as an empty value', async t => {
  assert.equal((await issuesOf(t, {}, { SERVE_PROXY_TIMEOUT_READ: '' })).length, 1)
})

test('a schema problem of a variable names the variable, not the file', async t => {
  const issues = await issuesOf(t, { 'a.yaml': 'log: {level: info}\n' }, { LOG_LEVEL: 'loud' })
  assert.equal(issues.length, 1)
  assert.match(issues[0] ?? '', /^\$LOG_LEVEL log\.level: found "loud"/)
})

for (const [name, text] of Object.entries({
  VERSION: '1.2.3-custom',
  LOG: 'debug',
  SERVE: '/srv/www',
  ERRORS: 'x',
  TRACING: 'on',
  PROFILING: '1',
  MUTATORS: '',
  CACHE: 'true',
  LIMITS: '7',
})) {
  test(`${name}=${text} belongs to another program: ignored with a warning`, async t => {
    const { warnings } = await load(t, '', { [name]: text })
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', new RegExp(`\\b${name}\\b`))
  })
}

test("VERSION in Oarlock's form is accepted", async t => {
  const { config, warnings } = await load(t, '', { VERSION: 'v1.2.3-rc.1' })
  assert.deepEqual([config.version, warnings], ['v1.2.3-rc.1', []])
})

test('unknown names are ignored without a warning', async t => {
  const env = {
    PATH: '/bin',
    SERVE_API_PROT: '1',
    __proto__x: '1',
    CONSTRUCTOR: 'x',
    HASOWNPROPERTY: '1',
  }
  assert.deepEqual((await load(t, '', env)).warnings, [])
})

test('__proto__ in the JSON of a variable changes no prototype', async t => {
  const issues = await issuesOf(t, {}, { SERVE_API: '{"__proto__":{"polluted":1}}' })
  assert.equal(issues.length, 1)
  assert.equal(({} as { polluted?: number }).polluted, undefined)
})

test('the secret in a refused variable is not printed', async t => {
  const name = 'AUTHENTICATORS_OAUTH2_INTROSPECTION_CONFIG_PRE_AUTHORIZATION'
  const issues = [
    ...(await issuesOf(t, {}, { [name]: '{"client_secret": hunter2}' })),
    ...(await issuesOf(t, {}, { ACCESS_RULES_REPOSITORIES: '[hunter2' })),
  ]
  assert.equal(issues.length, 2)
  assert.doesNotMatch(issues.join(), /hunter2/)
})

test('no two keys of the schema have the same variable', () => {
  const names: string[] = []
  const visit = (node: SchemaNode, path: readonly string[]): void => {
    for (const [key, child] of Object.entries(propertiesOf(node))) {
      names.push(normalName([...path, key].join('_')))
      visit(child, [...path, key])
    }
  }
  visit(configSchema, [])
  assert.equal(new Set(names).size, names.length)
  assert.equal(targetsOf(configSchema).size, names.length)
})

test('with any environment, loading returns a configuration or issues', async t => {
  const names = [...targetsOf(configSchema).keys()].map(name =>
    name.toUpperCase().replaceAll('.', '_'),
  )
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom('true', '1', '5s', 'a,b', '{}', '[]'),
  )
  const entry = fc.tuple(fc.constantFrom(...names), text)
  const { loadConfig } = await import('../../../src/config/load.ts')
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 5 }), async entries => {
      const outcome = await loadConfig({ files: [], env: Object.fromEntries(entries) })
      assert.ok(outcome.kind === 'config' || outcome.issues.length > 0)
    }),
    { numRuns: 200 },
  )
  t.diagnostic(`${names.length} names`)
})

const secret = 'authenticators_oauth2_introspection_config_pre_authorization_client_secret'

test('a string may come from a file that a variable with _FILE names', async t => {
  const [one = '', two = ''] = writeFiles(t, { one: 'a b\n', two: '\r\n' })
  const config = await hasEntries(t, { SERVE_API_HOST_FILE: one, 'serve.proxy.host.file': two })
  assert.equal(config.serve.api.host, 'a b')
  assert.equal(config.serve.proxy.host, '')
})

test('such a file must exist, and excludes the variable without _FILE', async t => {
  const name = secret.toUpperCase()
  const [file = ''] = writeFiles(t, { file: 's3cret' })
  assert.deepEqual(await issuesOf(t, {}, { [`${name}_FILE`]: '/nowhere' }), [
    `$${name}_FILE ${keyOfSecret}: found "/nowhere" (ENOENT), expected a file with the text`,
  ])
  assert.match(
    `${await issuesOf(t, {}, { [`${name}_FILE`]: '/dev' })}`,
    /which is not a regular file/,
  )
  assert.deepEqual(await issuesOf(t, {}, { [name]: 'x', [`${name}_FILE`]: file }), [
    `$${name}_FILE ${keyOfSecret}: found also $${name}, expected only one of the two`,
  ])
})

test('a key that ends in _file is not a file name, and other _FILE variables are ignored', async t => {
  const config = await hasEntries(t, { LOG_DECISIONS_FILE: '/x', SERVE_API_PORT_FILE: '/nowhere' })
  assert.equal(config.log.decisions.file, '/x')
  assert.equal(config.serve.api.port, 4456)
})

test('these files are watched like the files of the configuration', async t => {
  const [file = ''] = writeFiles(t, { file: 'x' })
  const env = { SERVE_API_HOST_FILE: file, SERVE_API_PORT_FILE: '/y', OTHER_FILE: '/z' }
  assert.deepEqual(filesOf({ files: ['a.yaml'], env }), ['a.yaml', file])
})

const keyOfSecret = 'authenticators.oauth2_introspection.config.pre_authorization.client_secret'
