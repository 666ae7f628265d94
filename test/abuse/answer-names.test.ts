/** What the rule sets in the answer cannot be replaced by the upstream: not in trailers, not in another spelling. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startEdge, startOddUpstream } from '../support/edge.ts'
import { loopback } from '../support/ports.ts'

const rule = (port: number) => ({
  id: 'h3',
  match: { url: 'http://h3/open<.*>', methods: ['GET'] },
  upstream: { url: `http://${loopback}:${port}` },
  authenticators: [{ handler: 'noop' }],
  authorizer: { handler: 'allow' },
  mutators: [
    { handler: 'response_header', config: { headers: { 'X-Own': 'mine' } } },
    { handler: 'response_cookie', config: { cookies: { a: 'mine' } } },
  ],
})

const connectionLine = /^(?:date|trailer|connection|transfer-encoding|keep-alive): /i

const answer = [
  'HTTP/1.1 200 OK',
  'x_own: theirs',
  'X-Other: theirs',
  'Transfer-Encoding: chunked',
  'Trailer: X-Own, x_own, X.Own, Set-Cookie, Set_Cookie, Content_Type, X-Fine',
  '',
  '2',
  'hi',
  '0',
  'X-Own: theirs',
  'x_own: theirs',
  'X.Own: theirs',
  'Set-Cookie: a=theirs',
  'Set_Cookie: a=theirs',
  'Content_Type: text/html',
  'X-Fine: theirs',
  '\r\n',
].join('\r\n')

test("an upstream's trailers and spellings do not stand beside what the rule sets", async t => {
  const port = await startOddUpstream(t, socket => void socket.end(answer))
  const handler = { enabled: true }
  const edge = await startEdge(t, {
    tls: false,
    upstreams: {},
    config: { mutators: { response_header: handler, response_cookie: handler } },
    rules: [rule(port)],
  })
  const socket = connect(edge.proxy, loopback)
  t.after(() => socket.destroy())
  socket.write('GET /open HTTP/1.1\r\nHost: h3\r\nTE: trailers\r\nConnection: close\r\n\r\n')
  let text = ''
  for await (const part of socket) text += part
  const lines = text
    .split('\r\n')
    .filter(line => line.includes(': ') && !connectionLine.test(line))
    .map(line => line.split(';', 1)[0])
  assert.deepEqual(lines, [
    'X-Other: theirs',
    'X-Own: mine',
    'Set-Cookie: a=mine',
    'Content-Type: text/plain',
    'X-Fine: theirs',
  ])
})
