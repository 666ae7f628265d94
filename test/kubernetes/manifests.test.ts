/**
 * Manifests that operators copy, applied to the real API server, which must admit every resource unchanged. `make
 * test-kubernetes`.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { type ApiServer, startApiServer } from '../support/api-server.ts'
import { root } from '../support/folder.ts'

const skip = process.env['OARLOCK_KUBERNETES'] ? false : 'make test-kubernetes'

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

const kustomized = (folder: string): string =>
  execFileSync(join(root, '.venv/bin/kubectl'), ['kustomize', join(root, 'deploy', folder)], {
    encoding: 'utf8',
  })

const rendered = (name: string): string =>
  readFileSync(join(root, 'deploy/helm/rendered', `${name}.yaml`), 'utf8')

const sources: Readonly<Record<string, () => string>> = {
  'kubernetes/base': () => kustomized('kubernetes/base'),
  'kubernetes/sidecar': () => kustomized('kubernetes/sidecar'),
  'kubernetes/crd': () => kustomized('kubernetes/crd'),
  'the chart as it is': () => rendered('defaults'),
  'the chart with everything': () => rendered('all'),
  'the chart for two namespaces': () => rendered('namespaces'),
}

/** Kinds of the Prometheus operator; this server has only those of Kubernetes. */
const foreign = /^monitoring\.coreos\.com\//

const manifestsIn = (text: string): readonly Manifest[] =>
  parseAllDocuments(text)
    .map(document => document.toJS() as Manifest | null)
    .filter(manifest => manifest !== null)
    .filter(({ apiVersion }) => !foreign.test(apiVersion))

/** Maps a kind to its API path, and whether it has a namespace; read from the server itself. */
async function kindsOf(server: ApiServer, group: string) {
  const prefix = group.includes('/') ? `/apis/${group}` : `/api/${group}`
  const { status, body } = await server.call('GET', prefix)
  assert.equal(status, 200, `${group}: ${JSON.stringify(body)}`)
  const resources = body['resources'] as readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
  }[]
  const own = resources.filter(({ name }) => !name.includes('/'))
  return new Map(own.map(({ kind, name, namespaced }) => [kind, { prefix, name, namespaced }]))
}

async function create(server: ApiServer, manifest: Manifest): Promise<void> {
  const { apiVersion, kind, metadata } = manifest
  const place = (await kindsOf(server, apiVersion)).get(kind)
  assert.ok(place, `${apiVersion} ${kind}`)
  const { namespace = 'oarlock' } = metadata
  const within = place.namespaced ? `/namespaces/${namespace}` : ''
  const path = `${place.prefix}${within}/${place.name}?fieldValidation=Strict`
  const { status, body } = await server.call('POST', path, manifest)
  // A variant shares a resource of the cluster with the previous one.
  const isThere = status === 409 && !place.namespaced
  assert.ok(status === 201 || isThere, `${kind} ${metadata.name}: ${JSON.stringify(body)}`)
}

const namespaceOf = (name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
})

/** In a complete cluster a controller makes it. */
const accountIn = (namespace: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'default', namespace },
})

test('the real API server admits every manifest, without unknown fields', {
  skip,
}, async t => {
  for (const [name, text] of Object.entries(sources)) {
    await t.test(name, async inner => {
      const server = await startApiServer(inner)
      const manifests = manifestsIn(text())
      assert.ok(manifests.length > 1)
      const isNamespace = ({ kind }: Manifest) => kind === 'Namespace'
      const own = new Set(manifests.filter(isNamespace).map(({ metadata }) => metadata.name))
      const named = manifests.flatMap(({ metadata }) => metadata.namespace ?? [])
      const missing = [...new Set(['oarlock', ...named])].filter(
        namespace => !own.has(namespace) && namespace !== 'default',
      )
      for (const namespace of missing) await create(server, namespaceOf(namespace))
      const inOrder = [
        ...manifests.filter(isNamespace),
        ...[...own, ...missing].map(accountIn),
        ...manifests.filter(manifest => !isNamespace(manifest)),
      ]
      for (const manifest of inOrder) await create(server, manifest)
    })
  }
})
