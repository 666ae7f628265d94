/** The definition of `rules.oarlock.dev` in the real API server: what it admits, what it refuses, and the status. `make test-kubernetes`. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { type ApiServer, startApiServer } from '../support/api-server.ts'
import { root } from '../support/folder.ts'
import { startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { mistakes, validRules } from '../support/rule-mistakes.ts'
import { until } from '../support/until.ts'

const skip = process.env['OARLOCK_KUBERNETES'] ? false : 'make test-kubernetes'

const places: Readonly<Record<string, string>> = {
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
}

async function install(server: ApiServer, file: string): Promise<void> {
  const text = readFileSync(join(root, 'deploy/kubernetes/crd', file), 'utf8')
  for (const document of parseAllDocuments(text)) {
    const manifest = document.toJS() as { readonly kind: string }
    const { status, body } = await server.call('POST', places[manifest.kind] ?? '', manifest)
    assert.equal(status, 201, JSON.stringify(body))
  }
}

const rules = '/apis/rules.oarlock.dev/v1/namespaces/shop/rules'

const resource = (name: string, spec: object) => ({
  apiVersion: 'rules.oarlock.dev/v1',
  kind: 'Rule',
  metadata: { name, namespace: 'shop' },
  spec,
})

async function prepared(t: TestContext): Promise<ApiServer> {
  const server = await startApiServer(t)
  await install(server, 'oarlock-rules.yaml')
  await install(server, 'rbac.yaml')
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } })
  await until(async () => (await server.call('GET', rules)).status === 200, 'the kind is there')
  return server
}

test('valid rules are admitted as they are, and each mistake is refused with what is expected', {
  skip,
}, async t => {
  const server = await prepared(t)
  let made = 0
  const post = (spec: object) =>
    server.call('POST', `${rules}?fieldValidation=Strict`, resource(`r${++made}`, spec))
  for (const [name, rule] of Object.entries(validRules)) {
    await t.test(name, async () => {
      const { status, body } = await post(rule)
      assert.equal(status, 201, JSON.stringify(body))
      assert.deepEqual(body['spec'], rule)
    })
  }
  for (const [name, { rule, says }] of Object.entries(mistakes)) {
    await t.test(name, async () => {
      const { status, body } = await post(rule)
      assert.ok(status === 422 || status === 400, `${status}`)
      assert.match(String(body['message']), says)
    })
  }
})

test("without maester's definition the rules are in force, and the status has a condition", {
  skip,
}, async t => {
  const server = await prepared(t)
  const spec = (path: string, subject = 'guest') => ({
    match: { hosts: ['h'], paths: [path] },
    authenticators: [{ handler: 'anonymous', config: { subject } }],
    authorizers: [{ any: [{ handler: 'deny' }, { handler: 'allow' }] }],
    mutators: [{ handler: 'noop' }],
  })
  await server.call('POST', rules, resource('first', spec('/first')))
  const location = `kubernetes://?kubeconfig=${encodeURIComponent(server.kubeconfig)}`
  const oarlock = await startOarlock(t, {
    config: {
      access_rules: { repositories: [location] },
      authenticators: { anonymous: { enabled: true } },
      authorizers: { allow: { enabled: true }, deny: { enabled: true } },
      mutators: { noop: { enabled: true } },
    },
  })
  const decide = async (path: string): Promise<number> => {
    const headers = {
      'x-forwarded-host': 'h',
      'x-forwarded-proto': 'http',
      'x-forwarded-uri': path,
    }
    const url = `http://${loopback}:${oarlock.api}/decisions${path}`
    return (await fetch(url, { headers })).status
  }
  const conditionOf = async (name: string): Promise<Readonly<Record<string, unknown>>> => {
    const { body } = await server.call('GET', `${rules}/${name}`)
    const { conditions = [] } = (body['status'] ?? {}) as {
      readonly conditions?: readonly Readonly<Record<string, unknown>>[]
    }
    return conditions[0] ?? {}
  }
  assert.equal(await decide('/first'), 200)
  await until(async () => (await conditionOf('first'))['status'] === 'True', 'it is valid')
  assert.equal((await conditionOf('first'))['observedGeneration'], 1)
  const { status, body } = await server.call('POST', rules, {
    ...resource('second', {
      ...spec('/second'),
      mutators: [{ handler: 'header', config: { headers: { 'X-A': '{{ .Subjct }}' } } }],
    }),
  })
  assert.equal(status, 201, JSON.stringify(body))
  await until(async () => (await decide('/second')) === 500, 'a rule with a mistake denies')
  await until(async () => (await conditionOf('second'))['status'] === 'False', 'it is not valid')
  assert.match(String((await conditionOf('second'))['message']), /header/)

  await install(server, 'rules.yaml')
  const old = '/apis/oathkeeper.ory.sh/v1alpha1/namespaces/shop/rules'
  await until(async () => (await server.call('GET', old)).status === 200, 'the other kind is there')
  const { authorizers, ...rest } = spec('/x')
  await server.call('POST', old, {
    apiVersion: 'oathkeeper.ory.sh/v1alpha1',
    kind: 'Rule',
    metadata: { name: 'first', namespace: 'shop' },
    spec: {
      ...rest,
      match: { url: 'http://h/old', methods: ['GET'] },
      authorizer: { handler: 'allow' },
    },
  })
  await until(async () => (await decide('/old')) === 200, 'its rules are read, too')
  assert.equal(await decide('/first'), 200)
})
