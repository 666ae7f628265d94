/** Proxies that keep bodies say in their check that there is one, for every method. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { startScripted } from './scene.ts'
import { startCaddy } from './start/caddy.ts'
import { startHaproxy } from './start/haproxy.ts'
import { startNginx } from './start/nginx.ts'
import { ownProgram } from './start/programs.ts'

const chunked = 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'
const starts = {
  nginx: startNginx,
  HAProxy: startHaproxy(),
  Caddy: startCaddy(ownProgram('caddy')),
}

for (const [name, start] of Object.entries(starts)) {
  test(`${name} announces the body of a GET, and nothing for one without`, async t => {
    const upstream = await startUpstream(t)
    const announced: string[] = []
    const proxy = await startScripted(t, { start, upstream }, (response, incoming) => {
      announced.push(String(incoming.headers['x-forwarded-content-length'] ?? ''))
      response.end()
    })
    announced.length = 0
    const head = 'GET /public/a HTTP/1.1\r\nHost: app.example\r\nX-Forwarded-Content-Length: 0\r\n'
    const bodies = ['Content-Length: 5\r\n\r\nhello', '\r\n', 'Content-Length: 0\r\n\r\n']
    // Caddy does not show this header to its configuration.
    const sent = name === 'Caddy' ? bodies : [...bodies, chunked]
    for (const body of sent) {
      assert.equal((await send(proxy.port, Buffer.from(head + body))).status, 200)
    }
    const expected = ['5', '', '0', 'chunked'].slice(0, sent.length)
    assert.deepEqual(
      announced.map(value => value || ''),
      expected,
    )
  })
}
