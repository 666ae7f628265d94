/** The outbound client over real sockets: which servers it trusts, what it decompresses, what it forwards. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { outboundTls } from '../../src/app/outbound/outbound-tls.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createHttp, type Http, type HttpCall, type HttpOptions } from '../../src/outbound/http.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { listen } from '../support/listen.ts'
import { stubServer } from '../support/stub-server.ts'

const [key, cert] = ['key', 'cert'].map(name =>
  readFileSync(`${root}test/conformance/data/tls-${name}.pem`, 'utf8'),
) as [string, string]

function client(t: TestContext, options: Partial<HttpOptions> = {}): Http {
  const http = createHttp({ timeout: 3000, concurrent: 8, bytes: 100_000, ...options })
  t.after(() => http.close())
  return http
}

const outcomeOf = async (http: Http, call: HttpCall): Promise<string> => {
  const outcome = await http.send(call)
  if (outcome.kind === 'failure') return outcome.code
  return `${outcome.status} ${outcome.body.toString('latin1')}`
}

/** Answers with the name of the client certificate. */
async function secureServer(t: TestContext, options: ServerOptions = {}): Promise<string> {
  const server = createServer({ key, cert, ...options }, (request, response) => {
    const peer = (request.socket as TLSSocket).getPeerCertificate()
    response.end(`hello ${peer.subject?.CN ?? 'nobody'}`)
  })
  return `https://localhost:${await listen(t, server)}/`
}

/** The context of a configuration; `files` are written first. */
async function contextOf(
  t: TestContext,
  tls: object,
): Promise<() => ReturnType<ReturnType<typeof outboundTls>>> {
  const file = join(temporaryFolder(t), 'oarlock.json')
  writeFileSync(file, JSON.stringify({ outbound: { tls } }))
  const outcome = await loadConfig({ files: [file], env: {} })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  return outboundTls(outcome.config)
}

function fileWith(t: TestContext, text: string): string {
  const file = join(temporaryFolder(t), 'some.pem')
  writeFileSync(file, text)
  return file
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Sets an environment variable until the test ends. */
function setVariable(t: TestContext, name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  t.after(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}

test('an authority of the configuration is trusted, from a file and inline', async t => {
  const url = await secureServer(t)
  assert.equal(await outcomeOf(client(t), { method: 'GET', url }), 'bad_gateway')
  for (const ca of [{ path: fileWith(t, cert) }, { base64: base64(cert) }]) {
    const http = client(t, { tls: await contextOf(t, { ca }) })
    assert.equal(await outcomeOf(http, { method: 'GET', url }), '200 hello nobody')
  }
})

test('the server name is verified with any authority', async t => {
  const url = (await secureServer(t)).replace('localhost', '127.0.0.1')
  const http = client(t, { tls: await contextOf(t, { ca: { base64: base64(cert) } }) })
  assert.equal(await outcomeOf(http, { method: 'GET', url }), 'bad_gateway')
})

test('without configuration the authorities of the system are used, as in Go programs', async t => {
  const url = await secureServer(t)
  const unknown = client(t, { tls: await contextOf(t, {}) })
  assert.equal(await outcomeOf(unknown, { method: 'GET', url }), 'bad_gateway')
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'private.pem'), `some text\n${cert}`)
  for (const [name, value] of [
    ['SSL_CERT_FILE', join(folder, 'private.pem')],
    ['SSL_CERT_DIR', `/nowhere:${folder}`],
    ['NODE_EXTRA_CA_CERTS', join(folder, 'private.pem')],
  ] as const) {
    await t.test(name, async inner => {
      setVariable(inner, name, value)
      const http = client(inner, { tls: await contextOf(inner, {}) })
      assert.equal(await outcomeOf(http, { method: 'GET', url }), '200 hello nobody')
    })
  }
})

test('a missing file of authorities leaves those of Node', async t => {
  setVariable(t, 'SSL_CERT_FILE', '/nowhere.pem')
  const make = await contextOf(t, {})
  assert.ok(make())
})

test('the client certificate is sent to a service that asks for one', async t => {
  const url = await secureServer(t, { requestCert: true, rejectUnauthorized: true, ca: cert })
  const trusting = { ca: { base64: base64(cert) } }
  const without = client(t, { tls: await contextOf(t, trusting) })
  assert.equal(await outcomeOf(without, { method: 'GET', url }), 'bad_gateway')
  const own = { ...trusting, cert: { path: fileWith(t, cert) }, key: { path: fileWith(t, key) } }
  const http = client(t, { tls: await contextOf(t, own) })
  assert.equal(await outcomeOf(http, { method: 'GET', url }), '200 hello localhost')
})

test('a file that cannot be used is reported at load', async t => {
  const otherKey = `-----BEGIN PRIVATE KEY-----\n${base64('x'.repeat(60))}\n-----END PRIVATE KEY-----\n`
  for (const [tls, message] of [
    [{ ca: { path: '/nowhere.pem' } }, /^Error: outbound\.tls\.ca\.path: ENOENT/],
    [{ ca: { base64: base64('no pem') } }, /^Error: outbound\.tls\.ca: found no PEM text/],
    [
      { cert: { base64: base64(cert) }, key: { base64: base64(otherKey) } },
      /^Error: outbound\.tls: /,
    ],
  ] as const) {
    await assert.rejects(contextOf(t, tls), message)
  }
})

test('a compressed answer is decompressed, up to the limit of the result', async t => {
  const answers: Readonly<Record<string, readonly [coding: string, body: Buffer]>> = {
    '/small': ['gzip', gzipSync('small')],
    '/upper': ['GZIP', gzipSync('upper')],
    '/bomb': ['gzip', gzipSync(Buffer.alloc(50_000_000))],
    '/broken': ['gzip', Buffer.from('no gzip')],
    '/cut': ['gzip', gzipSync('x'.repeat(1000)).subarray(0, 20)],
    '/brotli': ['br', brotliCompressSync('x')],
    '/empty': ['gzip', Buffer.alloc(0)],
  }
  const { origin, calls } = await stubServer(t, (request, response) => {
    const [coding, body] = answers[request.url ?? ''] ?? ['', Buffer.alloc(0)]
    response.writeHead(200, { 'Content-Encoding': coding, 'Content-Length': body.length })
    response.end(body)
  })
  const http = client(t)
  const ask = (path: string, headers = {}) =>
    outcomeOf(http, { method: 'GET', url: origin + path, headers })
  assert.equal(await ask('/small'), '200 small')
  assert.equal(calls[0]?.headers['accept-encoding'], 'gzip')
  assert.equal(await ask('/upper'), '200 upper')
  for (const path of ['/bomb', '/broken', '/cut'])
    assert.equal(await ask(path), 'bad_gateway', path)
  assert.equal(await ask('/brotli'), `200 ${brotliCompressSync('x').toString('latin1')}`)
  assert.equal(await ask('/empty'), '200 ')
  const packed = gzipSync('small').toString('latin1')
  assert.equal(await ask('/small', { 'Accept-Encoding': 'br' }), `200 ${packed}`)
})

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

function sourceOf(headers: Readonly<Record<string, readonly string[]>>) {
  return { all: (name: string): readonly string[] => headers[name] ?? [] }
}

const shownTrace = ({ headers }: IncomingMessage): string =>
  `${headers['traceparent'] ?? ''}|${headers['tracestate'] ?? ''}`

test('a trace context is forwarded unchanged; one that is not valid is left out', async t => {
  const { origin } = await stubServer(t, (request, response) => response.end(shownTrace(request)))
  const http = client(t)
  const state = 'rojo=00f067aa0ba902b7'
  for (const [parents, states, shown] of [
    [[traceparent], [], `${traceparent}|`],
    [[traceparent], [state, 'congo=t61'], `${traceparent}|${state},congo=t61`],
    [[traceparent], ['x'.repeat(2000)], `${traceparent}|`],
    [
      [`${traceparent.replace('00-', '01-')}-more`],
      [],
      `${traceparent.replace('00-', '01-')}-more|`,
    ],
    [[`${traceparent}-more`], [], '|'],
    [[traceparent, traceparent], [], '|'],
    [[traceparent.replace('00-', 'ff-')], [], '|'],
    [[traceparent.toUpperCase()], [], '|'],
    [[traceparent.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32))], [], '|'],
    [[traceparent.replace('b7ad6b7169203331', '0'.repeat(16))], [], '|'],
    [['garbage'], [state], '|'],
    [[], [state], '|'],
  ] as const) {
    const trace = sourceOf({ traceparent: parents, tracestate: states })
    assert.equal(await outcomeOf(http, { method: 'GET', url: origin, trace }), `200 ${shown}`)
  }
})

test('a trace header of the call wins over the trace context of the request', async t => {
  const { origin } = await stubServer(t, (request, response) =>
    response.end(String(request.headers['traceparent'])),
  )
  const call = {
    method: 'GET',
    url: origin,
    headers: { Traceparent: 'own' },
    trace: sourceOf({ traceparent: [traceparent] }),
  }
  assert.equal(await outcomeOf(client(t), call), '200 own')
})
