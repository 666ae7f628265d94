/** Listeners over TLS: both HTTP versions, client certificates, renewal, and shutdown. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpRequest } from 'node:http'
import {
  type ClientHttp2Session,
  type ClientSessionOptions,
  connect as connectHttp2,
} from 'node:http2'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { credentials } from '@grpc/grpc-js'
import { type Running, start } from '../../src/app/start.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createAuthority, type Identity } from '../support/certificates.ts'
import { checkClient } from '../support/check-client.ts'
import { temporaryFolder } from '../support/folder.ts'
import { until } from '../support/until.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'

const authority = createAuthority()
const first = authority.issue('first')

interface Server {
  readonly running: Running
  readonly ports: { readonly api: number; readonly proxy: number; readonly grpc: number }
  readonly lines: string[]
  readonly install: (identity: Identity) => void
}

const portOf = (address = ''): number => Number(address.split(':').pop())

async function serve(
  t: TestContext,
  upstream: Upstream | undefined,
  tls: object = {},
): Promise<Server> {
  const folder = temporaryFolder(t)
  const key = join(folder, 'key.pem')
  const cert = join(folder, 'cert.pem')
  const install = (identity: Identity): void => {
    writeFileSync(key, identity.key)
    writeFileSync(cert, identity.cert)
  }
  install(first)
  const door = {
    host: '127.0.0.1',
    port: 0,
    timeout: { read: '1s' },
    tls: { key: { path: key }, cert: { path: cert }, ...tls },
  }
  const rules = [
    {
      id: 'all',
      upstream: { url: `http://127.0.0.1:${upstream?.port ?? 1}` },
      match: { url: 'https://<[^/]+>/<.*>', methods: ['GET', 'POST'] },
      authenticators: [{ handler: 'anonymous' }],
      authorizer: { handler: 'allow' },
      mutators: [{ handler: 'header' }],
    },
  ]
  const file = join(folder, 'config.json')
  writeFileSync(
    file,
    JSON.stringify({
      serve: {
        api: door,
        proxy: door,
        prometheus: { enabled: false },
        grpc: { ...door, timeout: undefined },
        shutdown: { drain: '0s', timeout: '30s' },
      },
      access_rules: {
        repositories: [`inline://${Buffer.from(JSON.stringify(rules)).toString('base64')}`],
      },
      authenticators: { anonymous: { enabled: true, config: { subject: 'guest' } } },
      authorizers: { allow: { enabled: true } },
      mutators: {
        header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
      },
    }),
  )
  const outcome = await loadConfig({ files: [file], env: {} })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  const lines: string[] = []
  const say = (text: string, fields: object = {}): void => {
    lines.push(`${text} ${JSON.stringify(fields)}`)
  }
  const log = { error: say, warn: say, info: say, debug: say }
  const running = await start({ config: outcome.config, log, strict: true })
  t.after(() => running.stop())
  const { api, proxy, grpc } = running.addresses
  return {
    running,
    ports: { api: portOf(api), proxy: portOf(proxy), grpc: portOf(grpc) },
    lines,
    install,
  }
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

async function overHttp1(options: RequestOptions & { readonly body?: string }): Promise<Answer> {
  const request = httpsRequest({ host: '127.0.0.1', ca: authority.cert, agent: false, ...options })
  request.end(options.body)
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return { status: answer.statusCode ?? 0, headers: answer.headers, text }
}

function openHttp2(t: TestContext, port: number, options: ClientSessionOptions & object = {}) {
  const session = connectHttp2(`https://127.0.0.1:${port}`, {
    ca: authority.cert,
    ...options,
  } as never)
  session.on('error', () => undefined)
  t.after(() => session.destroy())
  return session
}

async function overHttp2(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body?: string,
): Promise<Answer> {
  const stream = session.request(headers as never, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  const [answer] = (await once(stream, 'response')) as [Record<string, string>]
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return { status: Number(answer[':status']), headers: answer, text }
}

test('decisions, admin routes and the proxy answer over HTTP/1.1 and HTTP/2', async t => {
  const upstream = await startUpstream(t, (response, { body }) => {
    response.setHeader('Set-Cookie', ['a=1', 'b=2'])
    response.setHeader('Connection', 'close')
    response.end(body)
  })
  const { ports } = await serve(t, upstream)
  assert.equal(
    (await overHttp1({ port: ports.api, path: '/decisions/x' })).headers['x-user'],
    'guest',
  )
  assert.equal((await overHttp1({ port: ports.api, path: '/rules/all' })).status, 200)
  const proxied = await overHttp1({ port: ports.proxy, path: '/x', method: 'POST', body: 'abc' })
  assert.equal(proxied.text, 'abc')
  upstream.take()

  const api = openHttp2(t, ports.api)
  assert.equal((await overHttp2(api, { ':path': '/decisions/x' })).headers['x-user'], 'guest')
  assert.equal((await overHttp2(api, { ':path': '/decisions/x', ':method': 'PUT' })).status, 404)
  const rule = await overHttp2(api, { ':path': '/rules/all' })
  assert.equal(JSON.parse(rule.text).id, 'all')
  assert.equal((await overHttp2(api, { ':path': '/nowhere' })).status, 404)

  const proxy = openHttp2(t, ports.proxy)
  const answer = await overHttp2(
    proxy,
    { ':path': '/x?y', ':method': 'POST', cookie: ['a=1', 'b=2'], 'x-user': 'root' },
    'abc',
  )
  assert.equal(answer.text, 'abc')
  assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
  assert.equal(answer.headers['connection'], undefined)
  const got = upstream.only()
  assert.equal(got.target, '/x?y')
  assert.deepEqual(got.all('cookie'), ['a=1; b=2'])
  assert.deepEqual(got.all('x-user'), ['guest'])
  assert.deepEqual(got.all(':path'), [])
})

test('over HTTP/2 a second host is denied, and so is a tunnel', async t => {
  const upstream = await startUpstream(t)
  const { ports } = await serve(t, upstream)
  const session = openHttp2(t, ports.proxy)
  const ask = (headers: Record<string, string>) => overHttp2(session, { ':path': '/x', ...headers })
  assert.equal((await ask({ ':authority': 'a.test', host: 'b.test' })).status, 400)
  assert.equal((await ask({ ':authority': 'a.test', host: 'a.test' })).status, 200)
  await assert.rejects(ask({ ':authority': 'a b' }), /PROTOCOL_ERROR/)
  assert.equal((await ask({ ':authority': 'a,b' })).status, 400)
  const tunnel = session.request({ ':method': 'CONNECT', ':authority': 'a:443' })
  const [answer] = (await once(tunnel, 'response')) as [Record<string, unknown>]
  assert.equal(answer[':status'], 400)
})

test('an HTTP/1.1 request that claims to be HTTP/2 is read as HTTP/1.1', async t => {
  const upstream = await startUpstream(t)
  const { ports, lines } = await serve(t, upstream)
  for (const [port, target] of [
    [ports.api, '/decisions/x'],
    [ports.api, '/health/alive'],
    [ports.proxy, '/x'],
  ] as const) {
    for (const version of ['2.0', '2.1', '3.0', '0.9']) {
      const socket = connectTls({ port, ca: authority.cert, ALPNProtocols: ['http/1.1'] })
      socket.on('error', () => socket.destroy())
      t.after(() => void socket.destroy())
      const head = `GET ${target} HTTP/${version}\r\nHost: a.example\r\n`
      socket.write(`${head}Expect: 100-continue\r\nConnection: close\r\n\r\n`)
      // Some versions are refused, some are answered; the test requires neither.
      await Promise.race([once(socket, 'data'), once(socket, 'close'), wait(1000)])
    }
  }
  assert.equal((await overHttp1({ port: ports.api, path: '/health/alive' })).status, 200)
  assert.equal((await overHttp1({ port: ports.proxy, path: '/x' })).status, 200)
  assert.deepEqual(
    lines.filter(line => line.startsWith('A request failed because of a bug')),
    [],
  )
})

test('a body that never arrives ends its stream, not the connection', async t => {
  const upstream = await startUpstream(t)
  const { ports } = await serve(t, upstream)
  const session = openHttp2(t, ports.proxy)
  const stalled = session.request({ ':path': '/x', ':method': 'POST' }, { endStream: false })
  stalled.on('error', () => undefined)
  stalled.write('half')
  assert.equal((await overHttp2(session, { ':path': '/x' })).status, 200)
  await new Promise(resolve => stalled.once('close', resolve))
  assert.equal((await overHttp2(session, { ':path': '/x' })).status, 200)
})

test('new connections get the new certificate, a broken file changes nothing', async t => {
  const { ports, lines, install } = await serve(t, undefined)
  const names = async (): Promise<readonly string[]> =>
    Promise.all(
      [ports.api, ports.proxy, ports.grpc].map(
        port =>
          new Promise<string>((resolve, reject) => {
            const socket = connectTls(
              { port, host: '127.0.0.1', ca: authority.cert, ALPNProtocols: ['h2', 'http/1.1'] },
              () => {
                resolve(String(socket.getPeerCertificate().subject.CN))
                socket.destroy()
              },
            )
            socket.on('error', reject)
          }),
      ),
    )
  assert.deepEqual(await names(), ['first', 'first', 'first'])
  install({ ...first, key: 'nothing' })
  await until(() => lines.some(line => line.includes('cannot be used')), 'the file was refused')
  assert.deepEqual(await names(), ['first', 'first', 'first'])
  install(authority.issue('second'))
  await until(
    async () => (await names()).every(name => name === 'second'),
    'the certificate was renewed',
  )
})

test('with client_ca a client without a certificate of that authority gets no answer', async t => {
  const client = authority.issue('client')
  const stranger = createAuthority('other').issue('stranger')
  const tls = { client_ca: { base64: Buffer.from(authority.cert).toString('base64') } }
  const { ports } = await serve(t, undefined, tls)
  const path = '/decisions/x'
  assert.equal((await overHttp1({ port: ports.api, path, ...client })).status, 200)
  await assert.rejects(overHttp1({ port: ports.api, path }))
  await assert.rejects(overHttp1({ port: ports.api, path, ...stranger }))
  const target = `127.0.0.1:${ports.grpc}`
  const ca = Buffer.from(authority.cert)
  const request = { scheme: 'https', host: 'a', path: '/x' }
  const good = checkClient(
    t,
    target,
    credentials.createSsl(ca, Buffer.from(client.key), Buffer.from(client.cert)),
  )
  assert.equal((await good(request)).status?.code, 0)
  const bad = checkClient(t, target, credentials.createSsl(ca))
  await assert.rejects(bad(request))
})

test('old versions of TLS and plain HTTP get no decision', async t => {
  const { ports } = await serve(t, undefined)
  await assert.rejects(
    overHttp1({
      port: ports.api,
      path: '/decisions/x',
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    }),
  )
  const socket = connectTcp(ports.api, '127.0.0.1')
  socket.on('error', () => undefined)
  let text = ''
  socket.on('data', chunk => {
    text += String(chunk)
  })
  socket.write('GET /decisions/x HTTP/1.1\r\nHost: a\r\n\r\n')
  await new Promise(resolve => socket.once('close', resolve))
  assert.doesNotMatch(text, /200/)
})

test('a stop ends idle connections of both HTTP versions at once', async t => {
  const upstream = await startUpstream(t)
  const { running, ports } = await serve(t, upstream)
  const session = openHttp2(t, ports.proxy)
  assert.equal((await overHttp2(session, { ':path': '/x' })).status, 200)
  const { Agent } = await import('node:https')
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  assert.equal((await overHttp1({ port: ports.proxy, path: '/x', agent })).status, 200)
  const before = performance.now()
  await running.stop()
  assert.ok(performance.now() - before < 15_000, 'it does not wait for the timeout')
})

test('the file of a unix socket has the configured mode', async t => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'config.json')
  const door = (name: string) => ({ socket: join(folder, name), socket_mode: '0660' })
  writeFileSync(
    file,
    JSON.stringify({
      serve: {
        prometheus: { enabled: false },
        api: door('api'),
        proxy: door('proxy'),
        grpc: door('grpc'),
      },
    }),
  )
  const outcome = await loadConfig({ files: [file], env: {} })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  const say = (): void => undefined
  const log = { error: say, warn: say, info: say, debug: say }
  const running = await start({ config: outcome.config, log, strict: false })
  t.after(() => running.stop())
  for (const name of ['api', 'proxy', 'grpc']) {
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o660, name)
  }
  const request = httpRequest({ socketPath: join(folder, 'api'), path: '/health/alive' })
  request.end()
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  assert.equal(answer.statusCode, 200)
  answer.resume()
})
