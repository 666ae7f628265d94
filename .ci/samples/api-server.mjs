// As much of a Kubernetes API server as a control plane reads: it lists and watches what lies in manifests, and takes
// every status. Nothing is validated.
// node api-server.mjs PORT MANIFEST...
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseAllDocuments } from 'yaml'

/** Group and version: kinds, their plural, `*` where they belong to no namespace. */
const served = {
  v1: 'Pod Service Secret ConfigMap ServiceAccount Endpoints:endpoints Event Namespace* Node*',
  'discovery.k8s.io/v1': 'EndpointSlice',
  'networking.k8s.io/v1': 'Ingress:ingresses IngressClass:ingressclasses*',
  'coordination.k8s.io/v1': 'Lease',
  'apiextensions.k8s.io/v1': 'CustomResourceDefinition*',
  'admissionregistration.k8s.io/v1':
    'ValidatingWebhookConfiguration* MutatingWebhookConfiguration*',
  'projectcontour.io/v1': 'HTTPProxy:httpproxies TLSCertificateDelegation',
  'projectcontour.io/v1alpha1': 'ExtensionService ContourConfiguration ContourDeployment',
  'networking.istio.io/v1':
    'Gateway VirtualService DestinationRule ServiceEntry:serviceentries Sidecar WorkloadEntry:workloadentries WorkloadGroup',
  'networking.istio.io/v1alpha3': 'EnvoyFilter',
  'networking.istio.io/v1beta1': 'ProxyConfig',
  'security.istio.io/v1':
    'AuthorizationPolicy:authorizationpolicies PeerAuthentication RequestAuthentication',
  'telemetry.istio.io/v1': 'Telemetry:telemetries',
  'extensions.istio.io/v1alpha1': 'WasmPlugin',
}

const resources = Object.entries(served).flatMap(([apiVersion, kinds]) =>
  kinds.split(' ').map(text => {
    const [, kind, plural, cluster] = /^(\w+)(?::(\w+))?(\*?)$/.exec(text)
    return {
      apiVersion,
      kind,
      plural: plural ?? `${kind.toLowerCase()}s`,
      namespaced: cluster === '',
    }
  }),
)

/** Control planes wait for the definitions of their own kinds. */
const definitions = resources
  .filter(({ apiVersion }) => /istio|contour/.test(apiVersion))
  .map(({ apiVersion, plural }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${apiVersion.split('/')[0]}` },
  }))

const [port, ...files] = process.argv.slice(2)
const objects = [
  ...files.flatMap(file => parseAllDocuments(readFileSync(file, 'utf8')).map(d => d.toJS())),
  ...definitions,
]
  .filter(object => object?.kind !== undefined)
  .map((object, i) => ({
    ...object,
    metadata: {
      resourceVersion: '1',
      generation: 1,
      uid: `00000000-0000-0000-0000-${`${i}`.padStart(12, '0')}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...object.metadata,
    },
  }))

const found = ({ apiVersion, kind }, namespace, name) =>
  objects.filter(
    object =>
      object.apiVersion === apiVersion &&
      object.kind === kind &&
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (name === undefined || object.metadata.name === name),
  )

const groupOf = version => version.split('/')[0]
const groups = () =>
  [
    ...new Set(
      Object.keys(served)
        .filter(v => v !== 'v1')
        .map(groupOf),
    ),
  ].map(name => {
    const versions = Object.keys(served)
      .filter(version => version.startsWith(`${name}/`))
      .map(groupVersion => ({ groupVersion, version: groupVersion.split('/')[1] }))
    return { name, versions, preferredVersion: versions[0] }
  })

const verbs = ['get', 'list', 'watch', 'update', 'patch', 'create']
const listOf = apiVersion => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: apiVersion,
  resources: resources
    .filter(resource => resource.apiVersion === apiVersion)
    .map(({ kind, plural, namespaced }) => ({
      name: plural,
      singularName: '',
      kind,
      namespaced,
      verbs,
    })),
})

const fixed = {
  '/version': () => ({ major: '1', minor: '34', gitVersion: 'v1.34.0' }),
  '/api': () => ({ kind: 'APIVersions', versions: ['v1'] }),
  '/apis': () => ({ kind: 'APIGroupList', apiVersion: 'v1', groups: groups() }),
}

createServer((request, response) => {
  const send = (status, value) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  if (request.method !== 'GET') {
    return echo(request, value => send(request.method === 'POST' ? 201 : 200, value))
  }
  const { pathname, searchParams } = new URL(request.url, 'http://a')
  const asked = read(pathname)
  if (asked === undefined) return send(404, notFound)
  if (asked.answer !== undefined) return send(200, asked.answer)
  const asMetadata = (request.headers.accept ?? '').includes('as=PartialObjectMetadata')
  const shown = asMetadata ? asked.items.map(metadataOf) : asked.items
  const showing = { ...asked, searchParams, asMetadata }
  if (asked.isList && searchParams.get('watch')) return watch(response, shown, showing)
  if (asked.isList) return send(200, asList(shown, showing))
  return shown[0] === undefined ? send(404, notFound) : send(200, shown[0])
}).listen(Number(port), '127.0.0.1')

/** A path to what it names. */
function read(pathname) {
  if (fixed[pathname] !== undefined) return { answer: fixed[pathname]() }
  const path = /^\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))(?:\/(.*))?$/.exec(pathname)
  if (path === null) return undefined
  const apiVersion = path[1] ?? path[2]
  if (path[3] === undefined) return { answer: listOf(apiVersion) }
  const parts = /^(?:namespaces\/([^/]+)\/)?([^/]+)(?:\/([^/]+))?/.exec(path[3])
  const [, namespace, plural, name] = parts
  const resource = resources.find(one => one.apiVersion === apiVersion && one.plural === plural)
  if (resource === undefined) return undefined
  return { resource, items: found(resource, namespace, name), isList: name === undefined }
}

const asList = (items, { resource: { kind, apiVersion }, asMetadata }) => ({
  ...(asMetadata
    ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' }
    : { kind: `${kind}List`, apiVersion }),
  metadata: { resourceVersion: '1' },
  items,
})

const metadataOf = ({ metadata }) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
})

/** Stays open; nothing ever changes. */
function watch(response, items, { searchParams, resource, asMetadata }) {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  if (searchParams.get('sendInitialEvents') !== 'true') return
  const event = (type, object) => response.write(`${JSON.stringify({ type, object })}\n`)
  for (const item of items) event('ADDED', item)
  const { kind, apiVersion } = resource
  const metadata = { resourceVersion: '1', annotations: { 'k8s.io/initial-events-end': 'true' } }
  event('BOOKMARK', asMetadata ? metadataOf({ metadata }) : { kind, apiVersion, metadata })
}

const notFound = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'NotFound',
  code: 404,
}

function echo(request, answer) {
  const parts = []
  request.on('data', part => parts.push(part))
  request.on('end', () => answer(JSON.parse(Buffer.concat(parts).toString() || '{}')))
}
