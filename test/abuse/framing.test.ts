import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchange, host, startAreas } from './areas.ts'

/** The statuses of the answers, in the order of arrival. */
const statuses = (text: string): readonly number[] =>
  [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status))

const head = `Host: ${host}\r\n`
const end = 'Connection: close\r\n\r\n'
const get = (target: string) => `GET /decisions${target} HTTP/1.1\r\n${head}`
const post = (lines: string, body: string) =>
  `POST /decisions/public HTTP/1.1\r\n${head}${lines}\r\n${body}`
const smuggled = `${get('/public')}${end}`

/** Framing that two parsers may read differently: bytes after it are never read as a request. */
const ambiguous: Readonly<Record<string, string>> = {
  'Content-Length and Transfer-Encoding': post(
    'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
    `0\r\n\r\n${smuggled}`,
  ),
  'Transfer-Encoding and Content-Length': post(
    'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
    `0\r\n\r\n${smuggled}`,
  ),
  'two lengths': post('Content-Length: 0\r\nContent-Length: 4\r\n', smuggled),
  'a list of lengths': post('Content-Length: 0, 4\r\n', smuggled),
  'a length with a sign': post('Content-Length: +0\r\n', smuggled),
  'a hexadecimal length': post('Content-Length: 0x0\r\n', smuggled),
  'a length above the greatest number': post('Content-Length: 99999999999999999999\r\n', smuggled),
  'a transfer encoding other than chunked': post('Transfer-Encoding: identity\r\n', smuggled),
  'chunked in the middle of the list': post('Transfer-Encoding: chunked, identity\r\n', smuggled),
  'a vertical tab before chunked': post('Transfer-Encoding: \x0bchunked\r\n', smuggled),
  'a space before the colon': post('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${smuggled}`),
  'a folded line': `${get('/public')}X-A: a\r\n b\r\n${end}${smuggled}`,
  'a line without a colon': `${get('/public')}X-A\r\n${end}${smuggled}`,
  'a header name with a space': `${get('/public')}X A: 1\r\n${end}${smuggled}`,
  'a NUL byte in a value': `${get('/public')}X-A: a\0b\r\n${end}${smuggled}`,
  'a bare line feed': `GET /decisions/public HTTP/1.1\n${head}${end}${smuggled}`,
  'a bare carriage return in a value': `${get('/public')}X-A: a\rX-B: b\r\n${end}${smuggled}`,
  'an unknown HTTP version': `GET /decisions/public HTTP/9.9\r\n${head}${end}${smuggled}`,
  'HTTP/0.9': `GET /decisions/public\r\n${end}${smuggled}`,
  'the preface of HTTP/2': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${smuggled}`,
}

test('a request with ambiguous framing gets 400, and the connection ends', async t => {
  const { oarlock, decisions } = await startAreas(t)
  for (const [what, bytes] of Object.entries(ambiguous)) {
    await t.test(what, async () => {
      const answer = await exchange(oarlock.api, bytes)
      assert.deepEqual(statuses(answer), [400], answer)
      assert.doesNotMatch(answer, /x-rule/i)
    })
  }
  await t.test('a valid request is answered afterwards', async () =>
    assert.equal(await decisions({ target: '/public' }), 'public'),
  )
})

test('a chunk that is not valid, or has a huge extension, ends the connection', async t => {
  const { oarlock } = await startAreas(t)
  const chunked = 'Transfer-Encoding: chunked\r\n'
  for (const chunk of ['x\r\n', 'fffffffffffffffff\r\n', `1;${'a'.repeat(70_000)}\r\na\r\n`]) {
    const answer = await exchange(oarlock.api, post(chunked, `${chunk}0\r\n\r\n${smuggled}`))
    assert.doesNotMatch(answer.split('\r\n\r\n').slice(2).join(), /x-rule/i, chunk.slice(0, 20))
  }
})

test('trailers are not read as headers', async t => {
  const { oarlock } = await startAreas(t)
  const body = '1\r\na\r\n0\r\nAuthorization: Bearer x.y.z\r\nX-Forwarded-Uri: /admin\r\n\r\n'
  const request = `GET /decisions/public HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\nTE: trailers\r\nTrailer: X-Forwarded-Uri\r\n${end}${body}`
  const answer = await exchange(oarlock.api, request)
  assert.deepEqual(statuses(answer), [200])
  assert.match(answer, /x-rule: public/i)
})

test('each pipelined request is matched by its own request line and headers', async t => {
  const { oarlock } = await startAreas(t)
  const requests = [
    `${get('/public')}X-A: 1\r\n\r\n`,
    `${get('/admin')}\r\n`,
    `${get('/public')}Content-Length: 0\r\n\r\n`,
    `${get('/nowhere')}${end}`,
  ]
  assert.deepEqual(statuses(await exchange(oarlock.api, requests.join(''))), [200, 401, 200, 404])
})

test('CONNECT opens no tunnel, and nothing after the request is read', async t => {
  const { oarlock } = await startAreas(t)
  const forwarded = `X-Forwarded-Method: GET\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: ${host}\r\nX-Forwarded-Uri: /public\r\n`
  for (const target of ['h.example:443', '/decisions/public', `http://${host}/decisions/public`]) {
    for (const lines of ['', forwarded, 'Content-Length: 5\r\n']) {
      const answer = await exchange(
        oarlock.api,
        `CONNECT ${target} HTTP/1.1\r\n${head}${lines}\r\n${smuggled}`,
      )
      assert.deepEqual(statuses(answer), [400], `${target} ${lines}`)
    }
  }
})

test('an Upgrade request to the decision API is decided like any request, and the upgrade is never made', async t => {
  const { oarlock } = await startAreas(t)
  for (const protocol of ['websocket', 'h2c']) {
    for (const [target, status] of [
      ['/public', 200],
      ['/admin', 401],
    ] as const) {
      const lines = `Upgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\r\n`
      const answer = await exchange(oarlock.api, `${get(target)}${lines}${smuggled}`)
      assert.deepEqual(statuses(answer), [status], answer)
    }
  }
})
