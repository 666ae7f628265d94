/** `remote` is told as much about the body as the upstream: neither may read it in another way. */
import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { test } from 'node:test'
import { startEdge } from '../support/edge.ts'
import { listen } from '../support/listen.ts'
import { loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'

type Lines = readonly (readonly [name: string, value: string])[]

const refused: Readonly<Record<string, Lines>> = {
  'two types': [
    ['Content-Type', 'application/json'],
    ['Content-Type', 'application/xml'],
  ],
  'a type in another spelling': [['Content_Type', 'application/xml']],
  'a second type in another spelling': [
    ['Content-Type', 'application/json'],
    ['content.type', 'application/xml'],
  ],
  'a coding in another spelling': [['Content_Encoding', 'gzip']],
}

test('the remote authorizer is told the type and the coding of the body, or the request is refused', async t => {
  const told: IncomingHttpHeaders[] = []
  const authorizer = await listen(
    t,
    createServer((request, response) => {
      told.push(request.headers)
      request.resume().on('end', () => response.end())
    }),
  )
  const upstream = await startUpstream(t)
  const remote = `http://${loopback}:${authorizer}/`
  const edge = await startEdge(t, {
    tls: false,
    upstreams: {},
    config: { authorizers: { remote: { enabled: true, config: { remote } } } },
    rules: [
      {
        id: 'h3',
        match: { url: 'http://h3/<.*>', methods: ['POST'] },
        upstream: { url: `http://${loopback}:${upstream.port}` },
        authenticators: [{ handler: 'noop' }],
        authorizer: { handler: 'remote' },
        mutators: [{ handler: 'noop' }],
      },
    ],
  })
  const post = (headers: Lines) =>
    ask(edge.proxy, { method: 'POST', target: '/a', host: 'h3', headers, body: Buffer.from('hi') })
  for (const [name, headers] of Object.entries(refused)) {
    await t.test(name, async () => {
      assert.equal((await post(headers)).status, 403)
      assert.deepEqual(told, [])
    })
  }
  await t.test('equal types and two codings', async () => {
    const { status } = await post([
      ['Content-Type', 'application/json'],
      ['content-type', 'application/json'],
      ['Content-Encoding', 'gzip'],
      ['Content-Encoding', 'br'],
    ])
    assert.equal(status, 200)
    const [headers] = told
    assert.equal(headers?.['content-type'], 'application/json')
    assert.equal(headers?.['content-encoding'], 'gzip, br')
  })
})
