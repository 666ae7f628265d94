import type { TestContext } from 'node:test'
import { createGate } from '../../src/doors/gate.ts'
import { createProxyDoor, type ProxyOptions } from '../../src/doors/proxy/door.ts'
import type { UpstreamProblem } from '../../src/doors/proxy/pass.ts'
import { refusal } from '../../src/doors/refusal.ts'
import { createTrust } from '../../src/doors/request/trust.ts'
import { foldedName } from '../../src/lib/header-name.ts'
import { type HttpListener, listenHttp } from '../../src/listeners/http-listener.ts'
import type { Allow, Decide } from '../../src/model/decision.ts'
import { failure } from '../../src/model/failure.ts'
import { noHeaders } from '../../src/model/headers.ts'
import type { AccessRequest } from '../../src/model/request.ts'
import type { Session } from '../../src/model/session.ts'
import { createUpstreamConnections } from '../../src/outbound/upstream/connections.ts'
import { upstreamOf } from '../../src/rules/upstream.ts'
import { defaultPaths } from './paths.ts'

export interface Proxy {
  readonly port: number
  readonly matched: AccessRequest[]
  readonly problems: UpstreamProblem[]
  readonly bugs: unknown[]
  readonly listener: HttpListener
}

/** The decision of the engine: everything is allowed with these headers, except paths below `/refused`. */
export interface Outcome {
  readonly upstream: string
  readonly headers?: Readonly<Record<string, readonly string[]>>
  readonly remove?: readonly string[]
  readonly preserveHost?: boolean
  readonly stripPath?: string
  /** Receives the request before it is allowed. */
  readonly look?: (request: AccessRequest) => Promise<void>
}

/** The real proxy door on a free port, with a given decision. */
export async function startProxy(
  t: TestContext,
  outcome: Outcome,
  changes: Partial<ProxyOptions> & { readonly readTimeout?: number } = {},
): Promise<Proxy> {
  const matched: AccessRequest[] = []
  const problems: UpstreamProblem[] = []
  const bugs: unknown[] = []
  const decide: Decide = async request => {
    matched.push(request)
    await outcome.look?.(request)
    if (!request.path.startsWith('/refused')) return allow(outcome)
    const failed = failure('forbidden', { message: 'no' })
    return { kind: 'deny', failure: failed, reply: refusal(failed) }
  }
  const connections = createUpstreamConnections({})
  const door = createProxyDoor({
    decide,
    gate: createGate(1000),
    connections,
    tunnels: createGate(1000),
    door: 'proxy',
    scheme: 'http',
    onUnixSocket: false,
    trust: createTrust([]),
    paths: defaultPaths,
    appendForwardedFor: false,
    pathBytes: 16_384,
    bodyBytes: 1_048_576,
    requestBytes: 0,
    decisionTimeout: 10_000,
    writeTimeout: 5000,
    onBug: bug => bugs.push(bug),
    onUpstreamFailure: problem => problems.push(problem),
    ...changes,
  })
  const listener = await listenHttp({
    onRequest: door.request,
    onUpgrade: door.upgrade,
    listen: { host: '127.0.0.1', port: 0 },
    onBug: bug => bugs.push(bug),
    readTimeout: changes.readTimeout ?? 5000,
    writeTimeout: 5000,
    idleTimeout: 5000,
    headerBytes: 65_536,
  })
  t.after(async () => {
    await listener.close(0)
    await connections.close()
  })
  return { port: Number(listener.address.split(':').pop()), matched, problems, bugs, listener }
}

function allow({ upstream, headers = {}, remove = [], ...rest }: Outcome): Allow {
  const found = upstreamOf({
    url: upstream,
    preserveHost: rest.preserveHost ?? false,
    stripPath: rest.stripPath ?? '',
  })
  if (found?.kind !== 'upstream') throw new Error('no upstream')
  const session = {
    kind: 'session',
    headers: new Map(Object.entries(headers)),
  } as unknown as Session
  return {
    kind: 'allow',
    rule: 'r',
    session,
    changes: {
      remove,
      owned: new Set([...Object.keys(headers), ...remove].map(foldedName)),
      response: noHeaders,
      query: { set: new Map(), remove: [] },
      metadata: {},
    },
    upstream: found.upstream,
  }
}
