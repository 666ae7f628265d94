/** The part of a Kubernetes API server that rules need, with the answers of the real one, and faults on demand. */
import { writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { temporaryFolder } from './folder.ts'
import { stubServer } from './stub-server.ts'

export interface Metadata {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number
  readonly labels?: Readonly<Record<string, string>>
}

export interface FakeResource {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly spec?: unknown
  readonly status?: { readonly validation?: Readonly<Record<string, unknown>> } | undefined
}

interface Event {
  readonly version: number
  readonly type: string
  readonly object: unknown
}

/** Answers a call instead of the server; true: it has answered. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean

export interface FakeCluster {
  readonly kubeconfig: string
  /** A location with these additional parameters. */
  readonly location: (parameters?: string, namespace?: string) => string
  readonly calls: readonly IncomingMessage[]
  readonly get: (key: string) => FakeResource | undefined
  readonly put: (key: string, spec: unknown, status?: FakeResource['status']) => void
  readonly remove: (key: string) => void
  /** Changes a resource without a change of the spec. */
  readonly setStatus: (key: string, status: FakeResource['status']) => void
  /** Sends bytes to every watch, unchanged. */
  readonly say: (text: string) => void
  readonly bookmark: () => void
  /** Removes the history: a watch from an earlier version gets 410. */
  readonly compact: () => void
  readonly cutWatches: () => void
  readonly watches: () => number
  fault: Fault
}

export const token = 'hush-token'

export async function fakeCluster(t: TestContext): Promise<FakeCluster> {
  const held = new Map<string, FakeResource>()
  let events: Event[] = []
  let oldest = 0
  let version = 100
  const watching = new Set<ServerResponse>()
  const tell = (type: string, object: FakeResource): void => {
    const event = { version, type, object }
    events.push(event)
    for (const response of watching) response.write(line(event))
  }
  const store = (
    key: string,
    parts: Pick<FakeResource, 'spec' | 'status'>,
    same: boolean,
  ): void => {
    version += 1
    const before = held.get(key)
    const resource = resourceOf(key, { ...parts, before, version, same })
    held.set(key, resource)
    tell(before ? 'MODIFIED' : 'ADDED', resource)
  }
  const list = (url: URL, response: ServerResponse): void => {
    const namespace = /\/namespaces\/([^/]+)\/rules$/.exec(url.pathname)?.[1]
    const found = [...held.values()]
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
    const from = Number(url.searchParams.get('continue') ?? 0)
    const to = from + Number(url.searchParams.get('limit') ?? found.length)
    const more =
      to < found.length ? { continue: String(to), remainingItemCount: found.length - to } : {}
    json(response, 200, {
      apiVersion: 'oathkeeper.ory.sh/v1alpha1',
      kind: 'RuleList',
      metadata: { resourceVersion: String(version), ...more },
      items: found.slice(from, to),
    })
  }
  const watch = (url: URL, response: ServerResponse): void => {
    const from = Number(url.searchParams.get('resourceVersion'))
    response.writeHead(200, { 'content-type': 'application/json' })
    if (from < oldest) return void response.end(line({ type: 'ERROR', object: expired }))
    response.flushHeaders()
    for (const event of events) if (event.version > from) response.write(line(event))
    watching.add(response)
    response.on('close', () => watching.delete(response))
  }
  const patch = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, namespace, name] =
      /\/namespaces\/([^/]+)\/rules\/([^/]+)\/status$/.exec(request.url ?? '') ?? []
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as FakeResource
    const key = `${namespace}/${name}`
    const now = held.get(key)
    if (now === undefined) return json(response, 404, gone(name ?? ''))
    if (body.metadata.resourceVersion !== now.metadata.resourceVersion)
      return json(response, 409, statusOf(409, 'Conflict', 'the object has been modified'))
    const merged = { ...now.status?.validation, ...body.status?.validation }
    const validation = Object.fromEntries(
      Object.entries(merged).filter(([, value]) => value !== null),
    )
    store(key, { spec: now.spec, status: { validation } }, true)
    json(response, 200, held.get(key))
  }
  const cluster = { fault: (() => false) as Fault }
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '', 'http://h')
    if (cluster.fault(request, response)) return
    if (request.headers.authorization !== `Bearer ${token}`)
      json(response, 401, statusOf(401, 'Unauthorized', 'Unauthorized'))
    else if (request.method === 'PATCH') void patch(request, response)
    else if (url.searchParams.has('watch')) watch(url, response)
    else list(url, response)
  }
  const { origin, calls } = await stubServer(t, answer)
  const kubeconfig = join(temporaryFolder(t), 'kubeconfig')
  writeFileSync(kubeconfig, kubeconfigFor(origin))
  return Object.assign(cluster, {
    kubeconfig,
    calls,
    location: (parameters = '', namespace = '') =>
      `kubernetes://${namespace}?kubeconfig=${encodeURIComponent(kubeconfig)}${parameters}`,
    get: (key: string) => held.get(key),
    put: (key: string, spec: unknown, status?: FakeResource['status']) =>
      store(key, { spec, status: status ?? held.get(key)?.status }, false),
    remove: (key: string) => {
      const before = held.get(key)
      if (before === undefined) return
      version += 1
      held.delete(key)
      const metadata = { ...before.metadata, resourceVersion: String(version) }
      tell('DELETED', { ...before, metadata })
    },
    setStatus: (key: string, status: FakeResource['status']) =>
      store(key, { spec: held.get(key)?.spec, status }, true),
    say: (text: string) => {
      for (const response of watching) response.write(text)
    },
    bookmark: () => {
      version += 1
      const object = {
        kind: 'Rule',
        apiVersion: 'oathkeeper.ory.sh/v1alpha1',
        metadata: { resourceVersion: String(version), creationTimestamp: null },
      }
      for (const response of watching) response.write(line({ type: 'BOOKMARK', object }))
    },
    compact: () => {
      events = []
      version += 1
      oldest = version
    },
    cutWatches: () => {
      for (const response of watching) response.destroy()
    },
    watches: () => watching.size,
  })
}

const line = (event: { readonly type: string; readonly object: unknown }): string =>
  `${JSON.stringify({ type: event.type, object: event.object })}\n`

interface Parts extends Pick<FakeResource, 'spec' | 'status'> {
  readonly before: FakeResource | undefined
  readonly version: number
  /** The spec did not change. */
  readonly same: boolean
}

function resourceOf(key: string, { spec, status, before, version, same }: Parts): FakeResource {
  const [namespace = '', name = ''] = key.split('/')
  const { uid = `uid-${version}`, generation = 0 } = before?.metadata ?? {}
  return {
    apiVersion: 'oathkeeper.ory.sh/v1alpha1',
    kind: 'Rule',
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: String(version),
      generation: same ? generation : generation + 1,
    },
    ...(spec !== undefined && { spec }),
    ...(status && { status }),
  }
}

const keyOf = ({ metadata }: FakeResource): string => `${metadata.namespace}/${metadata.name}`

export const statusOf = (code: number, reason: string, message: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  code,
})

const expired = statusOf(410, 'Expired', 'too old resource version: 1 (2)')

const gone = (name: string) => ({
  ...statusOf(404, 'NotFound', `rules.oathkeeper.ory.sh "${name}" not found`),
  details: { name, group: 'oathkeeper.ory.sh', kind: 'rules' },
})

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** The client refuses plain HTTP unless certificate verification is disabled. */
const kubeconfigFor = (origin: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server: origin, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: { token } }],
    contexts: [{ name: 'here', context: { cluster: 'fake', user: 'me' } }],
    'current-context': 'here',
  })
