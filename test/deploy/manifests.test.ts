/** Manifests that operators copy: rendered, checked by Kubernetes' own tools, and their configuration by Oarlock. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Ajv } from 'ajv'
import { parse, stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { deploy, type Manifest, manifestsIn, read } from './manifests.ts'

const tool = (name: string): string => join(root, '.venv/bin', name)
const kustomize = (folder: string): string =>
  execFileSync(tool('kubectl'), ['kustomize', join(deploy, folder)], { encoding: 'utf8' })

/** Kinds that exist in a cluster only with an operator: their schemas are not part of Kubernetes. */
const foreign = new Set(['ServiceMonitor', 'PrometheusRule'])

function assertValid(t: TestContext, manifests: readonly Manifest[]): void {
  const file = join(temporaryFolder(t), 'manifests.yaml')
  const own = manifests.filter(({ kind }) => !foreign.has(kind))
  assert.ok(own.length > 1)
  writeFileSync(file, own.map(manifest => `---\n${stringify(manifest)}`).join(''))
  const found = spawnSync(tool('kubernetes-validate'), ['--strict', file], { encoding: 'utf8' })
  assert.equal(found.status, 0, found.stdout + found.stderr)
}

/** Runs `oarlock validate` on the mounted configuration; files of the container are replaced by local ones. */
async function assertServable(t: TestContext, config: string, rules: string): Promise<void> {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'rules.yaml'), rules)
  writeFileSync(join(folder, 'jwks.json'), read('quickstart/jwks.json'))
  const file = join(folder, 'oarlock.yaml')
  writeFileSync(
    file,
    config
      .replaceAll(/file:\/\/\/etc\/oarlock(?:-rules)?\//g, `file://${folder}/`)
      .replaceAll('/run/oarlock/', `${folder}/`)
      .replaceAll(/^ *- kubernetes:.*\n/gm, ''), // the check needs no cluster
  )
  let printed = ''
  const print = (text: string): void => {
    printed += text
  }
  const code = await run(['validate', '-c', file], { out: print, err: print })
  assert.equal(code, 0, printed)
  assert.match(printed, /^[1-9]\d* rules? (?:is|are) valid/m)
}

const dataOf = (manifests: readonly Manifest[], key: string): string =>
  manifests.find(({ kind, data }) => kind === 'ConfigMap' && data?.[key])?.data?.[key] ?? ''

for (const folder of ['kubernetes/base', 'kubernetes/sidecar']) {
  test(`${folder} renders to valid manifests with a valid configuration`, async t => {
    const manifests = manifestsIn(kustomize(folder))
    assertValid(t, manifests)
    await assertServable(t, dataOf(manifests, 'oarlock.yaml'), dataOf(manifests, 'rules.yaml'))
  })
}

test('kubernetes/crd renders to valid manifests, and allows no write but that of the status', t => {
  const manifests = manifestsIn(kustomize('kubernetes/crd'))
  assertValid(t, manifests)
  const role = manifests.find(({ kind }) => kind === 'ClusterRole') as unknown as {
    readonly rules: readonly {
      readonly resources: readonly string[]
      readonly verbs: readonly string[]
    }[]
  }
  assert.deepEqual(
    role.rules.map(({ resources, verbs }) => [resources, verbs]),
    [
      [['rules'], ['get', 'list', 'watch']],
      [['rules/status'], ['update', 'patch']],
    ],
  )
})

const rendered = ['defaults', 'all', 'namespaces', 'tests'] as const

for (const name of rendered) {
  test(`the chart rendered with ${name} is valid`, async t => {
    const manifests = manifestsIn(read('helm/rendered', `${name}.yaml`))
    assertValid(t, manifests)
    const rules = dataOf(manifests, 'rules.yaml') || read('kubernetes/base/rules.yaml')
    await assertServable(t, dataOf(manifests, 'oarlock.yaml'), rules)
  })
}

test('the values of the chart fit its schema, which refuses a misspelt value', () => {
  const schema = JSON.parse(read('helm/oarlock/values.schema.json')) as object
  const validate = new Ajv({ strict: false }).compile(schema)
  const values = parse(read('helm/oarlock/values.yaml')) as object
  assert.ok(validate(values), JSON.stringify(validate.errors))
  for (const name of ['all', 'namespaces', 'tests']) {
    const more = parse(read(`helm/${name}.yaml`)) as object
    assert.ok(validate({ ...values, ...more }), JSON.stringify(validate.errors))
  }
  assert.ok(!validate({ ...values, replicaCount: 2 }))
})

const roleRules = (manifest: Manifest | undefined): unknown =>
  (manifest as { readonly rules?: unknown } | undefined)?.rules

test('rules of the whole cluster: the role and the definitions of deploy/kubernetes/crd, and their location', () => {
  const manifests = manifestsIn(read('helm/rendered/all.yaml'))
  const found = (kind: string) => manifests.find(one => one.kind === kind)
  const [role] = manifestsIn(read('kubernetes/crd/rbac.yaml'))
  assert.ok(Array.isArray(roleRules(role)))
  assert.deepEqual(roleRules(found('ClusterRole')), roleRules(role))
  const installed = manifests.filter(({ kind }) => kind === 'CustomResourceDefinition')
  for (const [i, file] of ['rules.yaml', 'oarlock-rules.yaml'].entries()) {
    const [definition] = manifestsIn(read('kubernetes/crd', file))
    assert.deepEqual({ ...installed[i], metadata: 0 }, { ...definition, metadata: 0 })
    assert.match(JSON.stringify(installed[i]), /"helm\.sh\/resource-policy":"keep"/)
  }
  assert.deepEqual(placesIn(manifests), [
    'file:///etc/oarlock-rules/rules.yaml',
    'kubernetes://?labelSelector=team%3Dred%2Cstage%21%3Dtest',
  ])
})

test('rules of some namespaces: a role in each, which writes no status', () => {
  const manifests = manifestsIn(read('helm/rendered/namespaces.yaml'))
  const roles = manifests.filter(({ kind }) => kind === 'Role')
  assert.deepEqual(
    roles.map(role => [role.metadata.namespace, roleRules(role)]),
    ['shop', 'billing'].map(namespace => [
      namespace,
      [
        {
          apiGroups: ['oathkeeper.ory.sh', 'rules.oarlock.dev'],
          resources: ['rules'],
          verbs: ['get', 'list', 'watch'],
        },
      ],
    ]),
  )
  assert.ok(!manifests.some(({ kind }) => /^Cluster|^Custom/.test(kind)))
  assert.deepEqual(placesIn(manifests).slice(1), [
    'kubernetes://shop?status=false',
    'kubernetes://billing?status=false',
  ])
})

const placesIn = (manifests: readonly Manifest[]): readonly string[] =>
  parse(dataOf(manifests, 'oarlock.yaml')).access_rules.repositories

const copies = {
  'dashboard.json': 'grafana/oarlock.json',
  'alerts.yaml': 'prometheus/alerts.yaml',
  'rules-definition.yaml': 'kubernetes/crd/rules.yaml',
  'oarlock-rules-definition.yaml': 'kubernetes/crd/oarlock-rules.yaml',
}

test('the files inside the chart equal their sources', () => {
  const carried = readdirSync(join(deploy, 'helm/oarlock/files'))
  assert.deepEqual(carried.sort(), Object.keys(copies).sort())
  for (const [copy, original] of Object.entries(copies)) {
    assert.equal(read('helm/oarlock/files', copy), read(original), copy)
  }
})

test('the dashboard and the alerts are complete, and in the form that Grafana and Prometheus look for', () => {
  const manifests = manifestsIn(read('helm/rendered/all.yaml'))
  const dashboard = manifests.find(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1')
  assert.deepEqual(
    JSON.parse(dashboard?.data?.['oarlock.json'] ?? ''),
    JSON.parse(read('grafana/oarlock.json')),
  )
  const alerts = manifests.find(({ kind }) => kind === 'PrometheusRule')
  assert.equal(alerts?.metadata.labels?.['release'], 'prometheus')
  assert.deepEqual(
    (alerts as { readonly spec?: unknown } | undefined)?.spec,
    parse(read('prometheus/alerts.yaml')),
  )
})

test('every pod runs without privileges, writes nothing, and has a token only for rules of the cluster', () => {
  const texts = [
    kustomize('kubernetes/base'),
    kustomize('kubernetes/sidecar'),
    ...rendered.map(name => read('helm/rendered', `${name}.yaml`)),
  ]
  const containers = texts.flatMap(text =>
    manifestsIn(text).flatMap(one => containersOf(one, text)),
  )
  assert.ok(containers.length >= 8)
  for (const { securityContext } of containers) {
    assert.equal(securityContext?.allowPrivilegeEscalation, false)
    assert.equal(securityContext?.readOnlyRootFilesystem, true)
    assert.deepEqual(securityContext?.capabilities?.drop, ['ALL'])
  }
})

/** Those of its pod, which is checked too; none where it has no pod. */
function containersOf(manifest: Manifest, text: string): readonly Container[] {
  const { spec } = manifest as unknown as { spec: { template?: { spec: Pod } } & Pod }
  const pod = manifest.kind === 'Pod' ? spec : spec?.template?.spec
  if (pod === undefined) return []
  assert.equal(pod.securityContext?.runAsNonRoot, true)
  const asksTheCluster = manifest.kind === 'Deployment' && text.includes(' kubernetes://')
  assert.equal(pod.automountServiceAccountToken, asksTheCluster)
  return [...pod.containers, ...(pod.initContainers ?? [])]
}

interface Container {
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean
    readonly readOnlyRootFilesystem?: boolean
    readonly capabilities?: { readonly drop?: readonly string[] }
  }
}

interface Pod {
  readonly automountServiceAccountToken?: boolean
  readonly securityContext?: { readonly runAsNonRoot?: boolean }
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
}

test('hadolint finds no problem in the Dockerfile, which copies what the program needs', () => {
  const file = join(deploy, 'docker/Dockerfile')
  const found = spawnSync(tool('hadolint'), [file], { encoding: 'utf8' })
  assert.equal(found.status, 0, found.stdout + found.stderr)
  const let_in = readFileSync(join(root, '.dockerignore'), 'utf8')
  for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(/^COPY (?!--from)(.*) \S+$/gm)) {
    for (const name of from.split(' ')) {
      assert.ok(existsSync(join(root, name)), name)
      assert.match(let_in, new RegExp(`^!${name.replaceAll('.', '\\.')}$`, 'm'))
    }
  }
})

test('the Compose file mounts existing files, which its Envoy and its Oarlock accept', async t => {
  const folder = join(deploy, 'compose')
  const { services } = parse(read('compose/compose.yaml')) as {
    services: Readonly<Record<string, { readonly volumes?: readonly string[] }>>
  }
  for (const volume of Object.values(services).flatMap(({ volumes = [] }) => volumes)) {
    const [source = ''] = volume.split(':')
    assert.ok(existsSync(resolve(folder, source)), source)
  }
  const validated = spawnSync(
    tool('envoy'),
    ['--mode', 'validate', '-c', join(folder, 'envoy.yaml'), '--log-level', 'error'],
    { encoding: 'utf8' },
  )
  assert.equal(validated.status, 0, validated.stdout + validated.stderr)
  await assertServable(t, read('compose/oarlock.yaml'), read('quickstart/rules.yaml'))
})

test('the systemd unit starts what the guide describes, and each of its lines is a valid setting', () => {
  const lines = read('systemd/oarlock.service')
    .split('\n')
    .filter(line => line !== '')
  for (const line of lines) assert.match(line, /^(?:\[\w+\]|[A-Z]\w+=.*)$/)
  assert.ok(
    lines.includes(
      'ExecStart=/usr/bin/node /opt/oarlock/dist/main.js serve -c /etc/oarlock/oarlock.yaml',
    ),
  )
})

test('images, Compose file, unit and guide have the same version of Node', () => {
  const texts = [
    read('docker/Dockerfile'),
    read('compose/compose.yaml'),
    read('systemd/README.md'),
    readFileSync(join(root, 'docs/operations.md'), 'utf8'),
  ]
  const found = texts.map(text => text.match(/(?<=node:|nodejs|Node )\d+/g) ?? [])
  assert.deepEqual(
    found.map(versions => new Set(versions)),
    texts.map(() => new Set(['24'])),
  )
})

test('every folder of deploy has a page', () => {
  const folders = readdirSync(deploy, { withFileTypes: true }).filter(one => one.isDirectory())
  for (const { name } of folders) {
    const needs = !['quickstart', 'grafana', 'prometheus', 'helm'].includes(name)
    if (needs) assert.ok(existsSync(join(deploy, name, 'README.md')), name)
  }
  assert.ok(existsSync(join(deploy, 'helm/oarlock/README.md')))
})
