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
  readonly status?: Status | undefined
}

export interface Status {
  readonly validation?: Readonly<Record<string, unknown>>
  readonly conditions?: readonly Readonly<Record<string, unknown>>[]
}

interface Event {
  readonly version: number
  readonly type: string
  readonly object: unknown
}

/** Answers a call instead of the server; true: it has answered. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean

/** The resources of one kind. */
export interface FakeKind {
  /** Without it all of its paths are 404. */
  installed: boolean
  /** Requests for this kind. */
  readonly calls: readonly IncomingMessage[]
  readonly get: (key: string) => FakeResource | undefined
  readonly put: (key: string, spec: unknown, status?: FakeResource['status']) => void
  readonly remove: (key: string) => void
  /** Changes a resource without a change of the spec. */
  readonly setStatus: (key: string, status: FakeResource['status']) => void
  /** Sends bytes to every watch, unchanged. */
  readonly say: (text: string | Buffer) => void
  readonly bookmark: () => void
  /** Removes the history: a watch from an earlier version gets 410. */
  readonly compact: () => void
  readonly cutWatches: () => void
  readonly watches: () => number
  fault: Fault
}

/** Itself oathkeeper-maester's kind. */
export interface FakeCluster extends FakeKind {
  readonly kubeconfig: string
  /** A location with these additional parameters. */
  readonly location: (parameters?: string, namespace?: string) => string
  /** The kind of `rules.oarlock.dev`, which is not installed at first. */
  readonly oarlock: FakeKind
}

export const token = 'hush-token'

/** Counts every change of the cluster. */
interface Clock {
  version: number
}

interface Served {
  readonly kind: FakeKind
  readonly apiVersion: string
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
}

export async function fakeCluster(t: TestContext): Promise<FakeCluster> {
  const clock = { version: 100 }
  const maester = fakeKind('oathkeeper.ory.sh/v1alpha1', clock)
  const oarlock = fakeKind('rules.oarlock.dev/v1', clock)
  oarlock.kind.installed = false
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const served = [maester, oarlock].find(({ apiVersion }) =>
      request.url?.startsWith(`/apis/${apiVersion}`),
    )
    if (served === undefined) json(response, 404, statusOf(404, 'NotFound', 'page not found'))
    else served.answer(request, response)
  }
  const { origin } = await stubServer(t, answer)
  const kubeconfig = join(temporaryFolder(t), 'kubeconfig')
  writeFileSync(kubeconfig, kubeconfigFor(origin))
  return Object.assign(maester.kind, {
    kubeconfig,
    oarlock: oarlock.kind,
    location: (parameters = '', namespace = '') =>
      `kubernetes://${namespace}?kubeconfig=${encodeURIComponent(kubeconfig)}${parameters}`,
  })
}

function fakeKind(apiVersion: string, clock: Clock): Served {
  const held = new Map<string, FakeResource>()
  const calls: IncomingMessage[] = []
  let events: Event[] = []
  let oldest = 0
  const watching = new Set<ServerResponse>()
  const tell = (type: string, object: FakeResource): void => {
    const event = { version: clock.version, type, object }
    events.push(event)
    for (const response of watching) response.write(line(event))
  }
  const store = (
    key: string,
    parts: Pick<FakeResource, 'spec' | 'status'>,
    same: boolean,
  ): void => {
    clock.version += 1
    const before = held.get(key)
    const resource = resourceOf(key, {
      ...parts,
      apiVersion,
      before,
      version: clock.version,
      same,
    })
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
      apiVersion,
      kind: 'RuleList',
      metadata: { resourceVersion: String(clock.version), ...more },
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
    if (now === undefined) return json(response, 404, gone(name ?? '', apiVersion))
    if (body.metadata.resourceVersion !== now.metadata.resourceVersion)
      return json(response, 409, statusOf(409, 'Conflict', 'the object has been modified'))
    store(key, { spec: now.spec, status: merged(now.status, body.status) }, true)
    json(response, 200, held.get(key))
  }
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    calls.push(request)
    const url = new URL(request.url ?? '', 'http://h')
    if (kind.fault(request, response)) return
    if (request.headers.authorization !== `Bearer ${token}`)
      json(response, 401, statusOf(401, 'Unauthorized', 'Unauthorized'))
    else if (!kind.installed) json(response, 404, statusOf(404, 'NotFound', 'page not found'))
    else if (request.method === 'PATCH') void patch(request, response)
    else read(url, response)
  }
  const read = (url: URL, response: ServerResponse): void => {
    if (url.pathname === `/apis/${apiVersion}`)
      json(response, 200, { kind: 'APIResourceList', resources: [{ name: 'rules' }] })
    else if (url.searchParams.has('watch')) watch(url, response)
    else list(url, response)
  }
  const kind: FakeKind = {
    installed: true,
    fault: () => false,
    calls,
    get: key => held.get(key),
    put: (key, spec, status) =>
      store(key, { spec, status: status ?? held.get(key)?.status }, false),
    remove: key => {
      const before = held.get(key)
      if (before === undefined) return
      clock.version += 1
      held.delete(key)
      const metadata = { ...before.metadata, resourceVersion: String(clock.version) }
      tell('DELETED', { ...before, metadata })
    },
    setStatus: (key, status) => store(key, { spec: held.get(key)?.spec, status }, true),
    say: text => {
      for (const response of watching) response.write(text)
    },
    bookmark: () => {
      clock.version += 1
      const object = {
        kind: 'Rule',
        apiVersion,
        metadata: { resourceVersion: String(clock.version), creationTimestamp: null },
      }
      for (const response of watching) response.write(line({ type: 'BOOKMARK', object }))
    },
    compact: () => {
      events = []
      clock.version += 1
      oldest = clock.version
    },
    cutWatches: () => {
      for (const response of watching) response.destroy()
    },
    watches: () => watching.size,
  }
  return { kind, apiVersion, answer }
}

/** As a merge patch does. */
function merged(before: Status | undefined, patch: Status | undefined): Status {
  const members = Object.entries({ ...before?.validation, ...patch?.validation })
  const validation = Object.fromEntries(members.filter(([, value]) => value !== null))
  const conditions = patch?.conditions ?? before?.conditions
  return {
    ...(members.length > 0 && { validation }),
    ...(conditions && { conditions }),
  }
}

const line = (event: { readonly type: string; readonly object: unknown }): string =>
  `${JSON.stringify({ type: event.type, object: event.object })}\n`

interface Parts extends Pick<FakeResource, 'apiVersion' | 'spec' | 'status'> {
  readonly before: FakeResource | undefined
  readonly version: number
  /** The spec did not change. */
  readonly same: boolean
}

function resourceOf(key: string, parts: Parts): FakeResource {
  const { apiVersion, spec, status, before, version, same } = parts
  const [namespace = '', name = ''] = key.split('/')
  const { uid = `uid-${version}`, generation = 0 } = before?.metadata ?? {}
  return {
    apiVersion,
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

const gone = (name: string, apiVersion: string) => {
  const [group = ''] = apiVersion.split('/')
  return {
    ...statusOf(404, 'NotFound', `rules.${group} "${name}" not found`),
    details: { name, group, kind: 'rules' },
  }
}

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
