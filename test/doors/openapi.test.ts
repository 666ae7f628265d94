/** The document at /openapi.json must agree with the routes and their answers. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { start } from '../../src/app/start.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createAdminDoor } from '../../src/doors/admin/door.ts'
import { openApi } from '../../src/doors/admin/openapi/document.ts'
import { prefix } from '../../src/doors/decisions/read.ts'
import { wellKnown } from '../../src/model/protected-resources.ts'
import { testDeps } from '../support/deps.ts'
import { temporaryFolder } from '../support/folder.ts'
import { makeKey } from '../support/keys.ts'
import { type Ask, ask } from '../support/raw-http.ts'

const token = 'a-token-of-at-least-thirty-two-characters'

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { responses?: Responses }>>>>
}
type Responses = Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>

const document = openApi('1.2.3') as unknown as Document

const rule = (id: string, more: object) => ({
  id,
  match: { url: `http://app.example/${id}`, methods: methods.map(name => name.toUpperCase()) },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
  ...more,
})

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace'] as const

const rules = [
  rule('open', { errors: [{ handler: 'json', config: { verbose: true } }] }),
  rule('closed', { authenticators: [{ handler: 'unauthorized' }] }),
  rule('forbidden', { authorizer: { handler: 'deny' } }),
  rule('redirected', {
    authenticators: [{ handler: 'unauthorized' }],
    errors: [{ handler: 'redirect', config: { to: 'http://login.example/' } }],
  }),
  rule('broken', { authorizer: { handler: 'no-such-handler' } }),
  rule('twice', { match: { url: 'http://app.example/open', methods: ['POST'] } }),
  { ...rule('grpc', {}), match: { authority: 'h', full_method: 'a.B/C' } },
]

const { privateKey } = makeKey('ES256', 'ec')
const keySet = JSON.stringify({
  keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256', use: 'sig' }],
})

/** Returns the port. */
async function serve(t: TestContext, { keys = keySet, loaded = rules as object[] } = {}) {
  const folder = temporaryFolder(t)
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const config = write(
    'config.json',
    JSON.stringify({
      serve: {
        api: { host: '127.0.0.1', port: 0, explain: { enabled: true, token } },
        grpc: { enabled: false },
        proxy: { enabled: false },
        prometheus: { enabled: false },
        shutdown: { drain: '0s', timeout: '1s' },
      },
      resources: [{ resource: 'https://app.example' }, { resource: 'https://app.example/mcp' }],
      access_rules: {
        repositories: [`file://${write('rules.json', JSON.stringify(loaded))}`],
        shadow: { repositories: [`file://${write('shadow.json', '[]')}`] },
      },
      authenticators: { anonymous: { enabled: true }, unauthorized: { enabled: true } },
      authorizers: { allow: { enabled: true }, deny: { enabled: true } },
      mutators: {
        noop: { enabled: true },
        id_token: {
          enabled: true,
          config: { issuer_url: 'http://i', jwks_url: `file://${write('keys.json', keys)}` },
        },
      },
      errors: {
        handlers: {
          json: { enabled: true },
          redirect: { enabled: true, config: { to: 'http://login.example/' } },
        },
      },
    }),
  )
  const outcome = await loadConfig({ files: [config], env: {} })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  const nothing = (): void => undefined
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
  const running = await start({ config: outcome.config, log, strict: false })
  t.after(() => running.stop())
  return Number(running.addresses.api.split(':').pop())
}

const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(document, 'document')
const escaped = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1')

interface Case extends Ask {
  readonly path: string
  readonly status: number
}

/** Sends a request and compares the answer with the document. */
async function check(port: number, { path, status, ...request }: Case): Promise<void> {
  const answer = await ask(port, { target: path, ...request })
  assert.equal(answer.status, status)
  const method = (request.method ?? 'GET').toLowerCase()
  const responses = document.paths[path]?.[method]?.responses ?? {}
  const described = responses[status] ?? responses['default']
  assert.ok(described, `${method} ${path} ${status} is not in the document`)
  assert.ok(
    responses[status] || path.startsWith(prefix),
    `${path}: ${status} is not in the document`,
  )
  if (responses[status] === undefined) return
  if (described.content === undefined || method === 'head') return assert.equal(answer.text, '')
  assert.match(answer.all('content-type')[0] ?? '', /^application\/json/)
  const pointer = `/paths/${escaped(path)}/${method}/responses/${status}/content/application~1json/schema`
  const validate = ajv.compile({ $ref: `document#${pointer}` })
  assert.ok(validate(JSON.parse(answer.text)), `${path}: ${ajv.errorsText(validate.errors)}`)
}

const withToken = [['Authorization', `Bearer ${token}`]] as const
const question = JSON.stringify({ method: 'GET', url: 'http://app.example/open' })

const cases: readonly Case[] = [
  { path: '/rules', status: 200 },
  { path: '/rules', status: 200, target: '/rules?limit=1&offset=-1' },
  { path: '/rules/{id}', status: 200, target: '/rules/grpc' },
  { path: '/rules/{id}', status: 200, target: '/rules/open' },
  { path: '/rules/{id}', status: 404, target: '/rules/none' },
  { path: '/rules/{id}', status: 400, target: '/rules/%zz' },
  { path: '/health/alive', status: 200 },
  { path: '/health/ready', status: 200 },
  { path: '/.well-known/jwks.json', status: 200 },
  { path: '/.well-known/jwks.json', status: 304, headers: [['If-None-Match', '*']] },
  { path: wellKnown, status: 200 },
  { path: `${wellKnown}/{path}`, status: 200, target: `${wellKnown}/mcp` },
  { path: '/version', status: 200 },
  { path: '/shadow', status: 200 },
  { path: '/explain', status: 401, method: 'POST' },
  { path: '/explain', status: 400, method: 'POST', headers: withToken, body: Buffer.from('{}') },
  {
    path: '/explain',
    status: 200,
    method: 'POST',
    headers: withToken,
    body: Buffer.from(question),
  },
  { path: '/openapi.json', status: 200 },
  { path: '/decisions', status: 404 },
  { path: '/decisions/{path}', status: 400, target: '/decisions/a\\b' },
  { path: '/decisions/{path}', status: 401, target: '/decisions/closed' },
  { path: '/decisions/{path}', status: 403, target: '/decisions/forbidden' },
  { path: '/decisions/{path}', status: 302, target: '/decisions/redirected' },
  { path: '/decisions/{path}', status: 500, target: '/decisions/broken' },
  { path: '/decisions/{path}', status: 500, target: '/decisions/open', method: 'POST' },
  { path: '/decisions/{path}', status: 414, target: `/decisions/${'a'.repeat(20_000)}` },
  ...methods
    .filter(method => method !== 'post')
    .map(name => name.toUpperCase())
    .map(method => ({
      path: '/decisions/{path}',
      status: 200,
      target: '/decisions/open',
      method,
    })),
]

test('the answers of the routes agree with the document', async t => {
  const port = await serve(t)
  for (const one of cases) {
    await t.test(`${one.method ?? 'GET'} ${one.path} ${one.status}`, () => check(port, one))
  }
  const reached = new Set(cases.map(({ path }) => path))
  assert.deepEqual([...reached].sort(), Object.keys(document.paths).sort())
})

test('a server without rules and keys answers as the document describes', async t => {
  const port = await serve(t, { keys: 'none', loaded: [] })
  await check(port, { path: '/health/ready', status: 503 })
  await check(port, { path: '/.well-known/jwks.json', status: 500 })
})

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> }
}

test('the document contains exactly the existing routes', () => {
  const door = createAdminDoor({
    rules: () => assert.fail('nobody asks'),
    serving: () => true,
    keySets: testDeps.keySets,
    version: '1.2.3',
    explain: { token: () => undefined, explain: async () => '', onRefused: () => undefined },
    shadow: () => assert.fail('nobody asks'),
  })
  const routes = (door.router as unknown as { readonly stack: readonly Layer[] }).stack.flatMap(
    ({ route }) =>
      route ? Object.keys(route.methods).map(name => `${name} ${braced(route.path)}`) : [],
  )
  const decisions = [prefix, `${prefix}/{path}`].flatMap(path =>
    methods.map(method => `${method} ${path}`),
  )
  // Answered before the other routes.
  const resources = [wellKnown, `${wellKnown}/{path}`].map(path => `get ${path}`)
  const documented = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter(name => name !== 'parameters')
      .map(method => `${method} ${path}`),
  )
  assert.deepEqual(documented.sort(), [...routes, ...decisions, ...resources].sort())
})

const braced = (path: string): string => path.replace(/:(\w+)/g, '{$1}')

test('every schema of the document is valid, and every reference resolves', () => {
  const pointers: string[] = []
  const walk = (value: unknown, pointer: string): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      const next = `${pointer}/${escaped(key)}`
      if (key === 'schema') pointers.push(next)
      walk(inner, next)
    }
  }
  walk(document.paths, '/paths')
  assert.ok(pointers.length > 100)
  for (const pointer of pointers) {
    assert.doesNotThrow(() => ajv.compile({ $ref: `document#${pointer}` }), pointer)
  }
})
