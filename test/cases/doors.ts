/** The engine itself, and each door over a real socket. All return outcomes of the same form. */
import type { TestContext } from 'node:test'
import { routeApi } from '../../src/app/doors/api-door.ts'
import { createDecisionsDoor } from '../../src/doors/decisions/door.ts'
import { createGate } from '../../src/doors/gate.ts'
import { listenGrpc } from '../../src/doors/grpc/server.ts'
import { createTrust, privateNetworks } from '../../src/doors/request/trust.ts'
import { listenHttp } from '../../src/listeners/http-listener.ts'
import type { Decide, Decision, QueryChanges } from '../../src/model/decision.ts'
import { ownHeaders } from '../../src/model/session.ts'
import { checkClient } from '../support/check-client.ts'
import { defaultPaths } from '../support/paths.ts'
import { type Answer, ask } from '../support/raw-http.ts'
import { transport } from '../support/transport.ts'
import { type Case, recorderOf, rulesOf, throughEngine } from './run-case.ts'

/** What a caller receives. A denial does not contain the rule. */
export interface Outcome {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly remove: readonly string[]
  /** Headers of the client's answer, by lower-case name. */
  readonly response: ReadonlyMap<string, readonly string[]>
  /** undefined: the door cannot change it. */
  readonly query?: QueryChanges
  readonly decision: Decision
}

const noResponse: Outcome['response'] = new Map()

const trust = createTrust(privateNetworks)
const lower = (names: readonly string[]): readonly string[] =>
  names.map(name => name.toLowerCase()).sort()

export async function engine(_: TestContext, tested: Case): Promise<Outcome> {
  const decision = await throughEngine(tested)
  if (decision.kind === 'deny')
    return {
      status: decision.reply.status,
      headers: {},
      remove: [],
      response: noResponse,
      decision,
    }
  const headers = [...ownHeaders(decision.session)].map(([name, [value = '']]) => [
    name.toLowerCase(),
    value,
  ])
  return {
    status: 200,
    headers: Object.fromEntries(headers),
    remove: lower(decision.changes.remove),
    response: new Map(
      [...decision.changes.response].map(([name, values]) => [name.toLowerCase(), values]),
    ),
    query: decision.changes.query,
    decision,
  }
}

export const decisions = (t: TestContext, tested: Case): Promise<Outcome> => {
  const { host, target } = partsOf(tested)
  return overHttp(t, tested, { host, target: `/decisions${target}`, headers: {} })
}

export const forwarded = (t: TestContext, tested: Case): Promise<Outcome> => {
  const { scheme, host, target } = partsOf(tested)
  const headers = {
    'X-Forwarded-Method': tested.request.method ?? 'GET',
    'X-Forwarded-Proto': scheme,
    'X-Forwarded-Host': host,
    'X-Forwarded-Uri': target,
  }
  return overHttp(t, tested, { host: 'gateway.test', target: '/decisions', headers })
}

interface Wire {
  readonly host: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
}

async function overHttp(t: TestContext, tested: Case, wire: Wire): Promise<Outcome> {
  const recorder = recorderOf(await rulesOf(tested))
  const api = await listenHttp({
    onRequest: routeApi({
      decisions: decisionsDoor(recorder.decide),
      admin: (_, response) => response.writeHead(404).end(),
    }),
    listen: { host: '127.0.0.1', port: 0 },
    onBug: bug => {
      throw bug
    },
    readTimeout: 5000,
    writeTimeout: 5000,
    idleTimeout: 5000,
    headerBytes: 65_536,
  })
  t.after(() => api.close(0))
  const headers = Object.entries({ ...tested.request.headers, ...wire.headers })
  const envoy = ['x-envoy-expected-rq-timeout-ms', '5000'] as const
  const answer = await ask(Number(api.address.split(':').pop()), {
    method: wire.headers['X-Forwarded-Method'] ? 'GET' : (tested.request.method ?? 'GET'),
    host: wire.host,
    target: wire.target,
    headers: [...headers, envoy],
    ...(wire.headers['X-Forwarded-Method'] === undefined && sentBody(tested)),
  })
  return httpOutcome(answer, recorder.decisions[0])
}

const sentBody = ({ request: { body } }: Case) =>
  body === undefined ? {} : { body: Buffer.from(body) }

const decisionsDoor = (decide: Decide) =>
  createDecisionsDoor({
    decide,
    gate: createGate(10),
    trust,
    paths: defaultPaths,
    scheme: 'http',
    onUnixSocket: false,
    forwarded: 'auto',
    authRequest: false,
    pathBytes: 16_384,
    bodyBytes: 1_048_576,
    decisionTimeout: 5000,
    onBug: bug => {
      throw bug
    },
    onIgnored: () => undefined,
  })

const removal = 'x-envoy-auth-headers-to-remove'
const ofTheServer = new Set([removal, 'content-length', 'date', 'connection', 'keep-alive'])

function httpOutcome(answer: Answer, decision: Decision | undefined): Outcome {
  const [removed = ''] = answer.all(removal)
  const remove = removed === '' ? [] : removed.split(', ')
  const headers = answer.headers
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !ofTheServer.has(name))
  return {
    status: answer.status,
    headers: Object.fromEntries(headers),
    remove: lower(remove),
    response: linesOf(headers),
    decision: decision ?? refusedByDoor(answer.status),
  }
}

function linesOf(headers: readonly (readonly [string, string])[]): Outcome['response'] {
  const lines = new Map<string, readonly string[]>()
  for (const [name, value] of headers) lines.set(name, [...(lines.get(name) ?? []), value])
  return lines
}

/** Envoy sends the body with the check, and the client's headers with its length. */
const lengthOf = ({ request: { body } }: Case): Readonly<Record<string, string>> =>
  body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` }
const rawBody = ({ request: { body } }: Case) =>
  body === undefined ? {} : { raw_body: Buffer.from(body) }

const latin1 = (text: string): string => Buffer.from(text).toString('latin1')

export async function grpc(t: TestContext, tested: Case): Promise<Outcome> {
  const recorder = recorderOf(await rulesOf(tested))
  const listener = await listenGrpc({
    transport,
    decide: recorder.decide,
    trust,
    paths: defaultPaths,
    limits: { pathBytes: 16_384, headerBytes: 65_536, bodyBytes: 1_048_576 },
    decisionTimeout: 5000,
    gate: createGate(10),
    messageBytes: 4_194_304,
    concurrentStreams: 10,
    onDoorDenial: ({ info }) => t.diagnostic(info.message),
    onBug: bug => t.diagnostic(String(bug)),
    address: { host: '127.0.0.1', port: 0 },
  })
  t.after(() => listener.close(0))
  const { scheme, host, target } = partsOf(tested)
  const { method = 'GET', headers = {} } = tested.request
  const lowered = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const response = await checkClient(
    t,
    listener.address,
  )({
    method,
    scheme,
    host,
    path: target,
    headers: { ...lengthOf(tested), ...lowered },
    ...rawBody(tested),
  })
  const decision = recorder.decisions[0] ?? refusedByDoor(400)
  if (response.status?.code === 0) {
    const ok = response.ok_response
    const set = ok?.headers.map(({ header }) => [header.key.toLowerCase(), latin1(header.value)])
    const pairs = ok?.response_headers_to_add.map(
      ({ header }) => [header.key, latin1(header.value)] as const,
    )
    return {
      status: 200,
      headers: Object.fromEntries(set ?? []),
      remove: lower(ok?.headers_to_remove ?? []),
      response: linesOf(pairs ?? []),
      query: {
        set: new Map(
          ok?.query_parameters_to_set.map(({ key, value }) => [
            decodeURIComponent(key),
            decodeURIComponent(value),
          ]),
        ),
        remove: ok?.query_parameters_to_remove ?? [],
      },
      decision,
    }
  }
  return {
    status: Number(response.denied_response?.status?.code ?? 403),
    headers: {},
    remove: [],
    response: noResponse,
    decision,
  }
}

const refusedByDoor = (status: number): Decision => ({
  kind: 'deny',
  failure: {
    kind: 'failure',
    code: status === 414 ? 'uri_too_long' : 'bad_request',
    info: { message: '' },
  },
  reply: { kind: 'reply', status, headers: new Map(), body: '' },
})

function partsOf({ request: { url } }: Case): { scheme: string; host: string; target: string } {
  const [, scheme = '', host = '', target = ''] = /^([^:]+):\/\/([^/?]*)(.*)$/s.exec(url) ?? []
  return { scheme, host, target }
}
