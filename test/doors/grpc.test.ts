import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { createGate } from '../../src/doors/gate.ts'
import {
  type GrpcAddress,
  type GrpcListener,
  type GrpcListenOptions,
  listenGrpc,
} from '../../src/doors/grpc/server.ts'
import { createTrust, privateNetworks } from '../../src/doors/request/trust.ts'
import type { Signal } from '../../src/lib/signal.ts'
import type { Allow, Decide, Deny } from '../../src/model/decision.ts'
import { type Failure, failure } from '../../src/model/failure.ts'
import type { AccessRequest } from '../../src/model/request.ts'
import { withSession } from '../../src/model/session.ts'
import { type Answer, answerOf, checkOf, encodeAttributes, loopbackPeer } from '../support/check.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type CheckClient, checkClient } from '../support/grpc-client.ts'
import { defaultPaths } from '../support/paths.ts'
import { requestTo, sessionOf } from '../support/request.ts'
import { transport } from '../support/transport.ts'

interface Door extends CheckClient {
  readonly listener: GrpcListener
  readonly seen: AccessRequest[]
  readonly refused: Failure[]
  readonly bugs: unknown[]
}

type Options = Partial<Omit<GrpcListenOptions, 'limits'>> & {
  readonly limits?: Partial<GrpcListenOptions['limits']>
}

const limits = { pathBytes: 16_384, headerBytes: 65_536, bodyBytes: 1_048_576 }

const freePort: GrpcAddress = { host: '127.0.0.1', port: 0 }

async function open(t: TestContext, options: Options = {}): Promise<Door> {
  const seen: AccessRequest[] = []
  const refused: Failure[] = []
  const bugs: unknown[] = []
  const decide: Decide = request => {
    seen.push(request)
    return options.decide ? options.decide(request) : Promise.resolve(allowed)
  }
  const listener = await listenGrpc({
    transport,
    address: freePort,
    trust: createTrust(privateNetworks),
    paths: defaultPaths,
    gate: createGate(100),
    decisionTimeout: 10_000,
    messageBytes: 4_194_304,
    concurrentStreams: 200,
    onDoorDenial: failed => refused.push(failed),
    onBug: bug => bugs.push(bug),
    ...options,
    decide,
    limits: { ...limits, ...options.limits },
  })
  t.after(() => listener.close(0))
  return { listener, seen, refused, bugs, ...checkClient(t, listener.address) }
}

const allowed: Allow = {
  kind: 'allow',
  rule: 'r',
  session: withSession(sessionOf(requestTo('http://h/')), {
    headers: new Map([['X-User', ['alice']]]),
  }),
  changes: {
    remove: ['X-Role'],
    owned: new Set<string>(),
    response: new Map(),
    query: { set: new Map(), remove: [] },
    metadata: {},
  },
  upstream: undefined,
}

const redirected: Deny = {
  kind: 'deny',
  failure: failure('unauthorized', { message: 'x' }),
  reply: {
    kind: 'reply',
    status: 302,
    headers: new Map([['Location', ['http://login/']]]),
    body: '<a>',
  },
}

const isAllowed = ({ status: outcome, ok_response }: Answer): boolean =>
  outcome !== undefined && (outcome.code ?? 0) === 0 && ok_response !== undefined

function assertDenied({ status: outcome, denied_response }: Answer, http: string): void {
  assert.notEqual(outcome?.code ?? 0, 0, 'code 0 allows')
  assert.equal(denied_response?.status?.code, http)
}

/** Waits for something that another party sets; fails when it does not happen. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { opened, open }
}

function rawCall(
  address: string,
  message: Buffer,
  headers: Readonly<Record<string, string>>,
): { readonly session: ClientHttp2Session; readonly stream: ClientHttp2Stream } {
  const session = connect(`http://${address}`)
  const stream = session.request({
    ':method': 'POST',
    ':path': '/envoy.service.auth.v3.Authorization/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  })
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([prefix, message]))
  return { session, stream }
}

const ping = (session: ClientHttp2Session): Promise<void> =>
  new Promise((resolve, reject) => {
    session.ping(error => (error ? reject(error) : resolve()))
  })

/** A check whose deadline only the server knows: a client-side deadline would race with it. */
async function rawCheck(
  address: string,
  message: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { session, stream } = rawCall(address, message, headers)
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  session.close()
  return answerOf(Buffer.concat(chunks).subarray(5))
}

test("an allow over TCP sets the session's headers and removes the other owned headers", async t => {
  const door = await open(t)
  const { status: outcome, ok_response } = await door.check(checkOf())
  assert.deepEqual(outcome, {})
  assert.equal(ok_response?.headers?.[0]?.header.value, 'alice')
  assert.deepEqual(ok_response?.headers_to_remove, ['x-role'])
})

test('the same over a unix socket', async t => {
  const door = await open(t, { address: { socket: join(temporaryFolder(t), 'check.sock') } })
  assert.match(door.listener.address, /^unix:\//)
  assert.ok(isAllowed(await door.check(checkOf())))
})

test('a deny is an answer with gRPC status OK', async t => {
  const door = await open(t, { decide: async () => redirected })
  const answer = await door.check(checkOf())
  assertDenied(answer, 'Found')
  assert.equal(answer.denied_response?.headers?.[0]?.header.value, 'http://login/')
})

const refusedMessages: Readonly<Record<string, readonly [message: Buffer, http: string]>> = {
  'an empty message': [Buffer.alloc(0), 'Forbidden'],
  'random bytes': [Buffer.from('ff00ff00deadbeef', 'hex'), 'BadRequest'],
  'a TCP connection': [encodeAttributes({ source: loopbackPeer }), 'Forbidden'],
  'http without fields': [encodeAttributes({ request: { http: {} } }), 'BadRequest'],
  'a missing method': [checkOf({ method: '' }), 'BadRequest'],
  'a missing path': [checkOf({ path: '' }), 'BadRequest'],
  'a path without a slash': [checkOf({ path: 'admin' }), 'BadRequest'],
  'a fragment': [checkOf({ path: '/a#b' }), 'BadRequest'],
  'a host that is not valid': [checkOf({ host: 'a,b' }), 'BadRequest'],
  'a scheme that is not valid': [checkOf({ scheme: 'ftp' }), 'BadRequest'],
  'a long path': [checkOf({ path: `/${'a'.repeat(20_000)}` }), 'URITooLong'],
}

for (const [name, [message, http]] of Object.entries(refusedMessages)) {
  test(`${name} is denied, and decide is not called`, async t => {
    const door = await open(t)
    assertDenied(await door.check(message), http)
    assert.equal(door.seen.length, 0)
    assert.equal(door.refused.length, 1)
  })
}

test('such a denial has the built-in JSON body', async t => {
  const door = await open(t)
  const { denied_response } = await door.check(checkOf({ path: '' }))
  assert.equal(
    denied_response?.body,
    '{"error":{"code":400,"status":"Bad Request","message":"The request was malformed or contained invalid parameters"}}\n',
  )
})

const faulty: Readonly<Record<string, Decide>> = {
  rejects: () => Promise.reject(new Error('bug')),
  throws: () => {
    throw new Error('bug')
  },
  'gives nothing': () => Promise.resolve(undefined as unknown as Allow),
}

for (const [name, decide] of Object.entries(faulty)) {
  test(`a decision that ${name} is a 500 deny with code 13, and logged`, async t => {
    const door = await open(t, { decide })
    const answer = await door.check(checkOf())
    assertDenied(answer, 'InternalServerError')
    assert.equal(answer.status?.code, 13)
    assert.equal(door.bugs.length, 1)
  })
}

test("a decision that never comes is a deny before the caller's deadline", async t => {
  const door = await open(t, { decide: () => new Promise(() => undefined) })
  const answer = await rawCheck(door.listener.address, checkOf(), { 'grpc-timeout': '150m' })
  assertDenied(answer, 'GatewayTimeout')
  assert.equal(answer.status?.code, 4)
})

test('a caller without a deadline gets the longest time limit of a decision', async t => {
  const decide: Decide = () => new Promise(() => undefined)
  const door = await open(t, { decide, decisionTimeout: 20 })
  assertDenied(await door.check(checkOf()), 'GatewayTimeout')
})

test("a decision may take the caller's deadline less 10 ms, at most the longest time limit", async t => {
  const left: number[] = []
  const door = await open(t, {
    decide: async ({ deadline }) => {
      left.push(deadline - performance.now())
      return allowed
    },
  })
  await rawCheck(door.listener.address, checkOf(), { 'grpc-timeout': '5S' })
  await rawCheck(door.listener.address, checkOf(), { 'grpc-timeout': '1M' })
  await rawCheck(door.listener.address, checkOf(), {})
  const [hurried = 0, patient = 0, endless = 0] = left
  assert.ok(hurried > 0 && hurried <= 4990)
  assert.ok(patient > 4990 && patient <= 10_000)
  assert.ok(endless > 4990 && endless <= 10_000)
})

test('the signal aborts at the deadline', async t => {
  const door = await open(t, {
    decide: async ({ signal }) => {
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
      return redirected
    },
  })
  const answer = await rawCheck(door.listener.address, checkOf(), { 'grpc-timeout': '100m' })
  assertDenied(answer, 'Found')
})

test('the signal aborts when the caller disconnects', async t => {
  const running = gate()
  const aborted = gate()
  const door = await open(t, {
    decide: async ({ signal }) => {
      signal.addEventListener('abort', () => aborted.open())
      running.open()
      await aborted.opened
      assert.equal(signal.reason, 'caller gone')
      return redirected
    },
  })
  const hangUp = door.start(checkOf())
  await running.opened
  hangUp()
  await aborted.opened
})

test('a signal that is first read after the caller disconnected is aborted', async t => {
  const running = gate()
  const gone = gate()
  const read = gate()
  let aborted = false
  const door = await open(t, {
    decide: async request => {
      running.open()
      await gone.opened
      aborted = request.signal.aborted
      read.open()
      return redirected
    },
  })
  const { session, stream } = rawCall(door.listener.address, checkOf(), {})
  stream.on('error', () => undefined) // the stream is reset
  await running.opened
  stream.close(constants.NGHTTP2_CANCEL)
  for (let turn = 0; turn < 2; turn += 1) await ping(session) // the handler answers after the reset has arrived
  gone.open()
  await read.opened
  session.close()
  assert.equal(aborted, true)
})

test('the signal does not abort after the answer', async t => {
  let signal: Signal | undefined
  const door = await open(t, {
    decide: async request => {
      signal = request.signal
      await Promise.resolve()
      return allowed
    },
  })
  await door.check(checkOf(), { timeout: 5000 })
  await door.check(checkOf())
  assert.equal(signal?.aborted, false)
})

test('checks above the limit get 503 at once, until others end', async t => {
  const running = gate()
  const finish = gate()
  const door = await open(t, {
    decide: async () => {
      running.open()
      await finish.opened
      return allowed
    },
    gate: createGate(1),
  })
  const first = door.check(checkOf())
  await running.opened
  const second = await door.check(checkOf())
  assertDenied(second, 'ServiceUnavailable')
  assert.equal(second.status?.code, 14)
  finish.open()
  assert.ok(isAllowed(await first))
  assert.ok(isAllowed(await door.check(checkOf())))
})

test('refused checks release their slots', async t => {
  const door = await open(t, { gate: createGate(1) })
  for (let i = 0; i < 3; i += 1) assertDenied(await door.check(checkOf({ path: '' })), 'BadRequest')
  assert.ok(isAllowed(await door.check(checkOf())))
})

test('a thousand checks at once are all answered', async t => {
  const door = await open(t)
  const answers = await Promise.all(Array.from({ length: 1000 }, () => door.check(checkOf())))
  assert.ok(answers.every(answer => answer.status !== undefined))
})

test('a connection cannot open unlimited streams', async t => {
  const door = await open(t)
  const session = connect(`http://${door.listener.address}`)
  t.after(() => session.close())
  const [settings] = await once(session, 'remoteSettings')
  assert.equal(settings.maxConcurrentStreams, 200)
})

test('a message above the limit is refused before the door, which keeps working', async t => {
  const door = await open(t, { messageBytes: 10_000 })
  await assert.rejects(door.check(checkOf({ raw_body: Buffer.alloc(20_000) })), {
    code: status.RESOURCE_EXHAUSTED,
  })
  assert.ok(isAllowed(await door.check(checkOf())))
})

test('ten thousand headers are denied and the door keeps working', async t => {
  const door = await open(t)
  const headers = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`x-${i}`, 'value']))
  assertDenied(await door.check(checkOf({ headers })), 'RequestHeaderFieldsTooLarge')
  assert.ok(isAllowed(await door.check(checkOf())))
})

test('metadata of the call is not used as headers of the request', async t => {
  const door = await open(t)
  await door.check(
    checkOf({}, { source: { address: { socket_address: { address: '10.1.1.1' } } } }),
    {
      metadata: { 'x-forwarded-for': '203.0.113.9', 'x-user': 'root' },
    },
  )
  assert.equal(door.seen[0]?.client.address, '10.1.1.1')
  assert.equal(door.seen[0]?.headers.first('x-user'), undefined)
})

test('a gRPC client is denied with plain text and without a redirect', async t => {
  const door = await open(t, { decide: async () => redirected })
  const { status: outcome, denied_response } = await door.check(
    checkOf({ method: 'POST', headers: { 'content-type': 'application/grpc' } }),
  )
  assert.equal(outcome?.code, 16)
  assert.equal(denied_response?.status?.code, 'Unauthorized')
  assert.equal(denied_response?.body, 'The request could not be authorized')
})

test('a gRPC client whose request is not valid gets plain text too', async t => {
  const door = await open(t)
  const { denied_response } = await door.check(
    checkOf({ method: 'POST', path: '/..;/x', headers: { 'content-type': 'application/grpc' } }),
  )
  assert.equal(denied_response?.body, 'The request was malformed or contained invalid parameters')
})

test('an allow with a header that cannot be sent is a deny', async t => {
  const session = withSession(allowed.session, { headers: new Map([['X-User', ['a\r\nb: c']]]) })
  const door = await open(t, { decide: async () => ({ ...allowed, session }) })
  assertDenied(await door.check(checkOf()), 'InternalServerError')
})

test('closing lets running checks finish and accepts no more', async t => {
  const running = gate()
  const finish = gate()
  const door = await open(t, {
    decide: async () => {
      running.open()
      await finish.opened
      return allowed
    },
  })
  const check = door.check(checkOf())
  await running.opened
  const closed = door.listener.close(5000)
  finish.open()
  assert.ok(isAllowed(await check))
  await closed
  await assert.rejects(door.check(checkOf()), { code: status.UNAVAILABLE })
})

test('closing ends checks that do not finish in time', async t => {
  const running = gate()
  const door = await open(t, {
    decide: () => {
      running.open()
      return new Promise(() => undefined)
    },
  })
  const check = assert.rejects(door.check(checkOf()))
  await running.opened
  await door.listener.close(10)
  await check
})

test('a port in use is an error', async t => {
  const { listener } = await open(t)
  const port = Number(listener.address.split(':').at(-1))
  await assert.rejects(open(t, { address: { host: '127.0.0.1', port } }))
})

test('an IPv6 address', async t => {
  const door = await open(t, { address: { host: '::1', port: 0 } })
  assert.match(door.listener.address, /^\[::1\]:\d+$/)
  assert.ok(isAllowed(await door.check(checkOf())))
})

test('the socket of a killed process is replaced', async t => {
  const socket = join(temporaryFolder(t), 'check.sock')
  const killed = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', killed])
  const door = await open(t, { address: { socket } })
  assert.ok(isAllowed(await door.check(checkOf())))
})

test('a socket in use, and a file that is not a socket, are not removed', async t => {
  const folder = temporaryFolder(t)
  const used = join(folder, 'used.sock')
  const other = createServer().listen(used)
  t.after(() => other.close())
  await once(other, 'listening')
  await assert.rejects(open(t, { address: { socket: used } }))
  const file = join(folder, 'file')
  writeFileSync(file, 'x')
  await assert.rejects(open(t, { address: { socket: file } }))
})
