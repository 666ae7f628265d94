/** The real doors in this process with decisions that the test writes: shows what Envoy makes of each. */
import { routeApi } from '../../src/app/doors/api-door.ts'
import { createDecisionsDoor } from '../../src/doors/decisions/door.ts'
import { createGate } from '../../src/doors/gate.ts'
import { listenGrpc } from '../../src/doors/grpc/server.ts'
import { createTrust, privateNetworks } from '../../src/doors/request/trust.ts'
import { listenHttp } from '../../src/listeners/http-listener.ts'
import type { Changes, Decide, Decision, Reply } from '../../src/model/decision.ts'
import { failure, failureStatus } from '../../src/model/failure.ts'
import type { HeaderMap } from '../../src/model/headers.ts'
import type { AccessRequest } from '../../src/model/request.ts'
import type { MatchContext } from '../../src/model/session.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { defaultPaths } from '../support/paths.ts'
import { loopback } from '../support/ports.ts'
import { transport } from '../support/transport.ts'

export type Script = (request: AccessRequest) => Decision | Promise<Decision>

export interface ScriptedDoors {
  readonly grpc: number
  readonly http: number
  /** Sets the decision about a path; every other path gets a plain 403. */
  readonly on: (path: string, script: Script) => void
  /** The last request; throws when there was none. */
  readonly last: () => AccessRequest
}

const limits = { pathBytes: 16_384, headerBytes: 65_536, bodyBytes: 1 << 20 }
const decisionTimeout = 10_000
const gate = createGate(100)

export async function startScriptedDoors(t: Cleanup): Promise<ScriptedDoors> {
  const scripts = new Map<string, Script>()
  let asked: AccessRequest | undefined
  const decide: Decide = async request => {
    asked = request
    return (scripts.get(request.path) ?? (() => deny(403)))(request)
  }
  return {
    grpc: await startGrpcDoor(t, decide),
    http: await startDecisionsDoor(t, decide),
    on: (path, script) => void scripts.set(path, script),
    last: () => {
      if (asked === undefined) throw new Error('there was no request')
      return asked
    },
  }
}

const trust = createTrust(privateNetworks)
const nothing = () => undefined

async function startGrpcDoor(t: Cleanup, decide: Decide): Promise<number> {
  const address = { host: loopback, port: 0 }
  const door = await listenGrpc({
    transport,
    address,
    decide,
    trust,
    paths: defaultPaths,
    limits,
    decisionTimeout,
    gate,
    messageBytes: 4 << 20,
    concurrentStreams: 200,
    onDoorDenial: nothing,
    onBug: nothing,
  })
  door.setServing(true)
  t.after(() => door.close(0))
  return portOf(door.address)
}

async function startDecisionsDoor(t: Cleanup, decide: Decide): Promise<number> {
  const decisions = createDecisionsDoor({
    ...limits,
    decide,
    trust,
    paths: defaultPaths,
    decisionTimeout,
    gate,
    scheme: 'http',
    onUnixSocket: false,
    forwarded: 'envoy',
    authRequest: false,
    onBug: nothing,
    onIgnored: nothing,
  })
  const api = await listenHttp({
    onRequest: routeApi({
      decisions,
      admin: (_, response) => response.writeHead(404).end(),
    }),
    listen: { host: loopback, port: 0 },
    onBug: bug => {
      throw bug
    },
    readTimeout: 5000,
    writeTimeout: 5000,
    idleTimeout: 120_000,
    headerBytes: limits.headerBytes,
  })
  t.after(() => api.close(0))
  return portOf(api.address)
}

const portOf = (address: string): number => Number(address.split(':').at(-1))

/** `{ Name: value }` or `{ Name: [value, value] }`. */
type HeaderList = Readonly<Record<string, string | readonly string[]>>

const headerMap = (list: HeaderList): HeaderMap =>
  new Map(
    Object.entries(list).map(([name, value]) => [
      name,
      typeof value === 'string' ? [value] : value,
    ]),
  )

export interface Allowing extends Partial<Omit<Changes, 'response'>> {
  readonly headers?: HeaderList
  readonly response?: HeaderList
}

export const allow = ({ headers = {}, response = {}, ...changes }: Allowing = {}): Decision => ({
  kind: 'allow',
  rule: 'scripted',
  session: {
    kind: 'session',
    subject: 'alice',
    extra: null,
    headers: headerMap(headers),
    matchContext: noContext,
  },
  changes: {
    remove: [],
    owned: new Set<string>(),
    query: { set: new Map(), remove: [] },
    metadata: {},
    response: headerMap(response),
    ...changes,
  },
  upstream: undefined,
})

const noContext: MatchContext = {
  regexpCaptureGroups: [],
  rule: 'r',
  namedCaptures: new Map(),
  url: { scheme: '', host: '', path: '', rawPath: '', rawQuery: '', forceQuery: false },
  method: '',
  header: new Map(),
  contextExtensions: new Map(),
  client: {},
  metadata: {},
  body: undefined,
}

export interface Denying {
  readonly headers?: HeaderList
  readonly body?: string
}

export const deny = (status: number, { headers = {}, body = '' }: Denying = {}): Decision => {
  const [code] = codes.find(([, known]) => known === status) ?? (['unauthorized'] as const)
  const reply: Reply = { kind: 'reply', status, headers: headerMap(headers), body }
  return { kind: 'deny', failure: failure(code, { message: 'scripted' }), reply }
}

const codes = Object.entries(failureStatus) as [keyof typeof failureStatus, number][]
