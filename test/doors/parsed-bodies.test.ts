/** `body` of a rule at the doors: what is decided with, the upstream gets; what was not sent, is denied. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { stringify } from 'yaml'
import { createAuthorizer } from '../../src/app/embedded/express.ts'
import { checkClient } from '../support/check-client.ts'
import { temporaryFolder } from '../support/folder.ts'
import { listen } from '../support/listen.ts'
import { startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { ask, askOn } from '../support/raw-http.ts'
import { stubServer } from '../support/stub-server.ts'
import { startUpstream } from '../support/upstream.ts'

const host = 'app.example'
const json = ['Content-Type', 'application/json'] as const

const configFor = (origin: string) => ({
  log: { level: 'fatal' },
  authenticators: { anonymous: { enabled: true } },
  authorizers: {
    allow: { enabled: true },
    cel: { enabled: true },
    remote: { enabled: true, config: { remote: origin } },
  },
  mutators: { header: { enabled: true, config: { headers: {} } } },
})

const rulesFor = (upstream: number, origin: string) => [
  {
    id: 'r',
    match: { url: `http://${host}/<.*>`, methods: ['POST', 'GET'] },
    upstream: { url: `http://${loopback}:${upstream}` },
    authenticators: [{ handler: 'anonymous' }],
    body: { parse: 'json', max_bytes: 1000 },
    authorizers: [
      { handler: 'cel', config: { expression: 'request.body.ok == true' } },
      { handler: 'remote', config: { remote: origin } },
    ],
    mutators: [
      { handler: 'header', config: { headers: { 'X-Ok': '{{ .MatchContext.Body.ok }}' } } },
    ],
  },
]

/** Blanks and escapes that a program would write in another way. */
const text = '{ "ok" : true ,\n\t"n":1.0e0, "\\u0061":"\\/" }'

async function site(t: TestContext) {
  const asked: string[] = []
  const { origin } = await stubServer(t, async (request, response) => {
    asked.push((await buffer(request)).toString())
    response.end()
  })
  const upstream = await startUpstream(t)
  return { asked, origin, upstream, rules: rulesFor(upstream.port, origin) }
}

test('the proxy sends the upstream the bytes that were decided with', async t => {
  const { asked, origin, upstream, rules } = await site(t)
  const { proxy } = await startOarlock(t, { config: configFor(origin), rules })
  const send = (body: string) =>
    ask(proxy, { method: 'POST', host, target: '/a', headers: [json], body: Buffer.from(body) })
  assert.equal((await send(text)).status, 200)
  const received = upstream.only()
  assert.equal(received.body.toString(), text)
  assert.deepEqual(received.all('x-ok'), ['true'])
  assert.deepEqual(asked, [text])
  assert.equal((await send('{"ok":false}')).status, 403)
  assert.equal((await send('{"ok":true,"ok":true}')).status, 403)
  assert.equal((await send(`{"ok":true,"a":"${'x'.repeat(1000)}"}`)).status, 413)
  assert.deepEqual(upstream.take(), [])
})

test('chunks that trickle in are one body', async t => {
  const { origin, upstream, rules } = await site(t)
  const { proxy } = await startOarlock(t, { config: configFor(origin), rules })
  const socket = connect(proxy, loopback)
  const answer = askOn(socket, {
    method: 'POST',
    target: '/a',
    headers: [json, ['Transfer-Encoding', 'chunked']],
  })
  for (const piece of text.match(/.{1,5}/gs) ?? []) {
    await wait(2)
    socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`)
  }
  socket.write('0\r\n\r\n')
  assert.equal((await answer).status, 200)
  assert.equal(upstream.only().body.toString(), text)
})

test('half a body reaches nobody', async t => {
  const { asked, origin, upstream, rules } = await site(t)
  const { proxy } = await startOarlock(t, { config: configFor(origin), rules })
  const socket = connect(proxy, loopback)
  socket.write(
    `POST /a HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"ok":true}`,
  )
  await wait(50)
  socket.destroy()
  await wait(50)
  assert.deepEqual([asked, upstream.take()], [[], []])
})

test('over gRPC a check needs the whole body', async t => {
  const { asked, origin, rules } = await site(t)
  const { grpc } = await startOarlock(t, { config: configFor(origin), rules })
  const check = checkClient(t, `${loopback}:${grpc}`)
  const status = async (headers: Record<string, string>, body?: string) => {
    const found = await check({
      method: 'POST',
      host,
      path: '/a',
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { raw_body: Buffer.from(body) }),
    })
    return found.denied_response?.status?.code ?? 200
  }
  assert.equal(await status({ 'content-length': `${text.length}` }, text), 200)
  assert.deepEqual(asked, [text])
  assert.equal(await status({}), 403)
  assert.equal(await status({ 'content-length': '11' }), 403)
  assert.equal(await status({ 'content-length': '20' }, '{"ok":true}'), 403)
  assert.equal(
    await status({ 'content-length': '11', 'x-envoy-auth-partial-body': 'true' }, '{"ok":true}'),
    403,
  )
})

test('callers that send no bodies get a denial, but for requests without one', async t => {
  const { origin, rules } = await site(t)
  const [rule] = rules
  const optional = {
    ...rule,
    authorizers: undefined,
    authorizer: { handler: 'cel', config: { expression: '!has(request.body)' } },
    mutators: [{ handler: 'header' }],
  }
  const config = { ...configFor(origin), serve: { api: { forwarded: 'x-forwarded' } } }
  const { api } = await startOarlock(t, { config, rules: [optional] })
  const status = async (method: string, headers: readonly (readonly [string, string])[] = []) => {
    const forwarded = { Method: method, Proto: 'http', Host: host, Uri: '/a' }
    const described = Object.entries(forwarded).map(
      ([name, value]) => [`X-Forwarded-${name}`, value] as const,
    )
    return (await ask(api, { target: '/decisions', headers: [...described, ...headers] })).status
  }
  assert.equal(await status('GET'), 200)
  assert.equal(await status('POST'), 403)
  assert.equal(await status('GET', [['Content-Length', '5']]), 403)
})

test('an application behind the middleware reads the bytes that were decided with', async t => {
  const { asked, origin, rules } = await site(t)
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'rules.yaml'), stringify(rules))
  const repositories = [`file://${join(folder, 'rules.yaml')}`]
  const file = join(folder, 'oarlock.yaml')
  writeFileSync(file, stringify({ ...configFor(origin), access_rules: { repositories } }))
  const { middleware, close } = await createAuthorizer({ config: [file] })
  t.after(close)
  const server = createServer((request, response) =>
    middleware(request, response, () => {
      response.setHeader('X-Ok', String(request.headers['x-ok']))
      request.pipe(response)
    }),
  )
  const port = await listen(t, server)
  const body = Buffer.from(text)
  const answer = await ask(port, { method: 'POST', host, target: '/a', headers: [json], body })
  assert.deepEqual([answer.status, answer.text, answer.all('x-ok')], [200, text, ['true']])
  assert.deepEqual(asked, [text])
})
