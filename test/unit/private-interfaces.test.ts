/**
 * The interfaces in docs/decisions/0013-private-interfaces.md exist in this version of Node and of each library. If
 * a test fails here, look up its row there; the fallback is tested where it is used.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request, ServerResponse } from 'node:http'
import {
  connect as connectHttp2,
  createServer as createHttp2,
  createSecureServer,
} from 'node:http2'
import { createRequire } from 'node:module'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { HttpsProxyAgent } from 'https-proxy-agent'
import protobuf from 'protobufjs'
import { canLimit, runsInLinearTime } from '../../src/rules/matching/engine-flags.ts'
import { root } from '../support/folder.ts'

test('V8: the linear-time matcher, and expressions with a step limit', () => {
  assert.ok(runsInLinearTime('(a+)+$'))
  assert.ok(!runsInLinearTime('(?!a)b'))
  assert.ok(canLimit())
})

test('node:tls: a connection that is being opened ends with its signal', async t => {
  const server = createTcpServer(socket => socket.on('error', () => undefined).resume())
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const end = new AbortController()
  const { port } = server.address() as AddressInfo
  const socket = connectTls({ host: '127.0.0.1', port, ...({ signal: end.signal } as object) })
  const failed = new Promise<NodeJS.ErrnoException>(resolve => socket.once('error', resolve))
  const closed = new Promise(resolve => socket.once('close', resolve))
  end.abort()
  assert.equal((await failed).code, 'ABORT_ERR')
  await closed
  assert.ok(Array.isArray(process.getActiveResourcesInfo()))
})

test('node:http: the sent head, and the current answer of a connection', async t => {
  const server = createServer((_, response) => {
    response.writeHead(200, ['X-A', 'b', 'Content-Length', '0'])
    const { _header: head } = response as unknown as { readonly _header: unknown }
    const { _httpMessage: message } = response.socket as unknown as {
      readonly _httpMessage: unknown
    }
    seen = { head, message: message === response }
    response.end()
  })
  let seen: { readonly head: unknown; readonly message: boolean } | undefined
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const asked = request({ port: (server.address() as AddressInfo).port, agent: false }).end()
  const [answer] = await once(asked, 'response')
  answer.resume()
  assert.match(String(seen?.head), /^HTTP\/1\.1 200 OK\r\nX-A: b\r\n/)
  assert.equal(seen?.message, true)
})

test('node:http: an answer gets its connection when the one before is sent', async t => {
  const seen: string[] = []
  const server = createServer((incoming, response) => {
    seen.push(`${incoming.url} ${response.socket === null}`)
    response.once('socket', () => seen.push(`${incoming.url} gets it`))
    setImmediate(() => response.end())
  })
  t.after(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`
  socket.write(get('/a') + get('/b', 'Connection: close\r\n'))
  socket.resume()
  await once(socket, 'close')
  assert.deepEqual(seen, ['/a false', '/b true', '/b gets it'])
})

test('node:http2: the end of an answer is pushed while the stream is open', async t => {
  const server = createHttp2((_, response) => response.end('a'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  t.after(() => {
    session.destroy()
    server.close()
  })
  const stream = session.request({ ':path': '/' })
  const ends: boolean[] = []
  const push = stream.push.bind(stream)
  stream.push = (chunk, encoding) => {
    if (chunk === null) ends.push(stream.closed)
    return push(chunk, encoding)
  }
  stream.resume()
  await once(stream, 'close')
  assert.equal(ends[0], false)
})

test('node:http: an answer can be attached to a connection and detached', () => {
  assert.equal(typeof ServerResponse.prototype.assignSocket, 'function')
  assert.equal(typeof ServerResponse.prototype.detachSocket, 'function')
})

test('node:http2: a server for both HTTP versions has the limits of HTTP/1 as properties', t => {
  const server = createSecureServer({ allowHTTP1: true })
  t.after(() => server.close())
  const names = ['headersTimeout', 'requestTimeout', 'connectionsCheckingInterval']
  const missing = names.filter(name => !(name in server))
  assert.deepEqual(missing, [])
})

test('node:cluster: a connection is passed in a message with a number that is acknowledged', () => {
  const probe = join(root, 'test/support/cluster-probe.mjs')
  const printed = execFileSync(process.execPath, [probe], { encoding: 'utf8', timeout: 30_000 })
  assert.deepEqual(JSON.parse(printed), { sent: true, acknowledged: true })
})

test('protobufjs: the compiled decoder calls the methods of its reader', () => {
  const type = new protobuf.Type('A').add(new protobuf.Field('b', 1, 'string'))
  new protobuf.Root().add(type)
  const reader = protobuf.Reader.create(type.encode({ b: 'x' }).finish())
  let numbers = 0
  const { uint32 } = protobuf.BufferReader.prototype
  reader.uint32 = function count(this: protobuf.Reader): number {
    numbers += 1
    return uint32.call(this)
  }
  reader.string = function read(this: protobuf.Reader): string {
    const length = this.uint32()
    this.pos += length
    return 'ours'
  }
  assert.equal((type.decode(reader) as unknown as { readonly b: string }).b, 'ours')
  // The tag and the length.
  assert.equal(numbers, 2)
})

test('https-proxy-agent: options for the other end of the tunnel', () => {
  const agent = new HttpsProxyAgent('http://127.0.0.1:1')
  assert.equal(typeof agent.options, 'object')
  assert.equal(typeof agent.keepSocketAlive, 'function')
  assert.equal(typeof agent.reuseSocket, 'function')
})

test('recheck: the build that starts no process', () => {
  const { checkSync } = createRequire(import.meta.url)('recheck/lib/browser.js') as {
    readonly checkSync: (source: string, flags: string, options: object) => { status: string }
  }
  assert.equal(checkSync('^(a|a)*$', '', { checker: 'fuzz', timeout: 1000 }).status, 'vulnerable')
})
