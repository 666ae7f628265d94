/** The built program with the real API server: `make test-kubernetes`. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { type ApiServer, startApiServer } from '../support/api-server.ts'
import { root } from '../support/folder.ts'
import { type Oarlock, startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { until } from '../support/until.ts'

const skip = process.env['OARLOCK_KUBERNETES'] ? false : 'make test-kubernetes'

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
}

const places: Readonly<Record<string, string>> = {
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
}

/** `edit`: the text that is left before it is installed. */
async function install(
  server: ApiServer,
  file: string,
  edit = (text: string): string => text,
): Promise<void> {
  const text = readFileSync(join(root, 'deploy/kubernetes/crd', file), 'utf8')
  for (const document of parseAllDocuments(edit(text))) {
    const manifest = document.toJS() as Manifest
    const { status, body } = await server.call('POST', places[manifest.kind] ?? '', manifest)
    assert.equal(status, 201, JSON.stringify(body))
  }
}

const rules = '/apis/oathkeeper.ory.sh/v1alpha1/namespaces/shop/rules'

const resource = (name: string, path: string, authenticator = 'anonymous') => ({
  apiVersion: 'oathkeeper.ory.sh/v1alpha1',
  kind: 'Rule',
  metadata: { name, namespace: 'shop' },
  spec: {
    match: { url: `http://h/${path}`, methods: ['GET'] },
    upstream: { url: 'http://up', preserveHost: true, stripPath: '/x' },
    authenticators: [{ handler: authenticator }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'noop' }],
    configMapName: 'rules',
  },
})

const decide = async ({ api }: Oarlock, path: string): Promise<number> => {
  const headers = { 'x-forwarded-host': 'h', 'x-forwarded-proto': 'http', 'x-forwarded-uri': path }
  const response = await fetch(`http://${loopback}:${api}/decisions${path}`, { headers })
  return response.status
}

async function takesEffect(oarlock: Oarlock, path: string, status: number): Promise<number> {
  const began = performance.now()
  await until(async () => (await decide(oarlock, path)) === status, `${path} is ${status}`)
  return performance.now() - began
}

const serve = (t: TestContext, { kubeconfig }: ApiServer, parameters = ''): Promise<Oarlock> =>
  startOarlock(t, {
    config: {
      access_rules: {
        repositories: [`kubernetes://?kubeconfig=${encodeURIComponent(kubeconfig)}${parameters}`],
      },
      authenticators: { anonymous: { enabled: true } },
      authorizers: { allow: { enabled: true } },
      mutators: { noop: { enabled: true } },
    },
  })

async function statusOf(server: ApiServer, name: string): Promise<Record<string, unknown>> {
  const { body } = await server.call('GET', `${rules}/${name}`)
  const { validation } = (body['status'] ?? {}) as { validation?: Record<string, unknown> }
  return validation ?? {}
}

interface Edits {
  readonly definition?: (text: string) => string
  readonly roles?: (text: string) => string
}

async function prepared(t: TestContext, { definition, roles }: Edits = {}): Promise<ApiServer> {
  const server = await startApiServer(t)
  await install(server, 'rules.yaml', definition)
  await install(server, 'rbac.yaml', roles)
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } })
  await until(async () => (await server.call('GET', rules)).status === 200, 'the kind is there')
  return server
}

test('resources are rules while they exist, and their status contains the result', {
  skip,
}, async t => {
  const server = await prepared(t)
  const refused = await server.call('POST', rules, { ...resource('x', 'x'), spec: { match: {} } })
  assert.equal(refused.status, 422, 'the definition refuses a resource that is not valid')

  const created = await server.call('POST', rules, resource('first', 'first'))
  assert.equal(created.status, 201, JSON.stringify(created.body))
  const oarlock = await serve(t, server)
  assert.equal(await decide(oarlock, '/first'), 200)
  await until(async () => (await statusOf(server, 'first'))['valid'] === true, 'it is valid')

  await server.call('POST', rules, resource('second', 'second'))
  const slowest = [await takesEffect(oarlock, '/second', 200)]
  await server.call('PATCH', `${rules}/second`, { spec: { match: { url: 'http://h/other' } } })
  slowest.push(await takesEffect(oarlock, '/other', 200))
  assert.equal(await decide(oarlock, '/second'), 404)
  await server.call('DELETE', `${rules}/second`)
  slowest.push(await takesEffect(oarlock, '/other', 404))
  assert.ok(Math.max(...slowest) < 1000, slowest.join(' ms, '))
  t.diagnostic(`created, changed, removed after ${slowest.map(Math.round).join(', ')} ms`)

  await server.call('PATCH', `${rules}/first`, {
    spec: { authenticators: [{ handler: 'nobody' }] },
  })
  await takesEffect(oarlock, '/first', 500)
  await until(
    async () => (await statusOf(server, 'first'))['valid'] === false,
    'the problem is in the status',
  )
  assert.match(String((await statusOf(server, 'first'))['validationError']), /nobody/)
  await server.call('PATCH', `${rules}/first`, {
    spec: { authenticators: [{ handler: 'anonymous' }] },
  })
  await takesEffect(oarlock, '/first', 200)
  await until(async () => (await statusOf(server, 'first'))['valid'] === true, 'it is valid again')
  assert.deepEqual(await statusOf(server, 'first'), { valid: true })

  await server.stop()
  assert.equal(await decide(oarlock, '/first'), 200)
  await server.start()
  await server.call('POST', rules, resource('third', 'third'))
  // The delays grew while it was away.
  await until(async () => (await decide(oarlock, '/third')) === 200, 'the server is back')
})

test('1,200 resources are read in pages', { skip }, async t => {
  const server = await prepared(t)
  const names = Array.from({ length: 1200 }, (_, i) => `r${i}`)
  while (names.length > 0) {
    const some = names.splice(0, 50)
    await Promise.all(some.map(name => server.call('POST', rules, resource(name, name))))
  }
  const oarlock = await serve(t, server, '&status=false')
  for (const path of ['/r0', '/r600', '/r1199']) assert.equal(await decide(oarlock, path), 200)
  assert.match(oarlock.log(), /Access rules loaded.*rules=1200/)
})

test('a role for one kind alone is enough while the other kind is not installed', {
  skip,
}, async t => {
  const roles = (text: string): string => text.replaceAll(', rules.oarlock.dev', '')
  const server = await prepared(t, { roles })
  await server.call('POST', rules, resource('first', 'first'))
  const oarlock = await serve(t, server)
  assert.equal(await decide(oarlock, '/first'), 200)
  await install(server, 'oarlock-rules.yaml')
  await until(
    () => oarlock.log().includes('rules.rules.oarlock.dev is forbidden'),
    'it is reported',
  )
  assert.equal(await decide(oarlock, '/first'), 200)
})

const without = (lines: RegExp) => (text: string) => {
  assert.match(text, lines)
  return text.replace(lines, '')
}

for (const [what, edits, reason] of [
  [
    'a role that may not write it',
    { roles: without(/ {2}- apiGroups: .*\n.*rules\/status\]\n.*\n/) },
    /403: rules\.oathkeeper\.ory\.sh .*is forbidden/,
  ],
  [
    "maester's definition, which has none",
    { definition: without(/ {6}subresources:\n {8}status: \{\}\n/) },
    /404.*does the definition have the status subresource/,
  ],
] as const) {
  test(`a status that cannot be written is reported once: ${what}`, { skip }, async t => {
    const server = await prepared(t, edits)
    await server.call('POST', rules, resource('first', 'first'))
    await server.call('POST', rules, resource('second', 'second'))
    const oarlock = await serve(t, server)
    await until(
      () => oarlock.log().includes('the status is not written'),
      'the problem is reported',
    )
    await server.call('POST', rules, resource('third', 'third'))
    await takesEffect(oarlock, '/third', 200)
    const logged = oarlock.log().split('the status is not written')
    assert.equal(logged.length, 2)
    assert.match(logged[1] ?? '', reason)
    assert.deepEqual(await statusOf(server, 'first'), {})
  })
}
