import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { passesAll } from './caller.ts'
import { testProxy } from './run-checks.ts'
import { startScripted } from './scene.ts'
import { startNginx } from './start/nginx.ts'

testProxy('nginx', {
  folder: 'nginx',
  start: startNginx,
  traits: {
    ...passesAll,
    denialBodies: false,
    authRequest: true,
    redirect: { status: 302, location: true, cookies: 1 },
  },
})

test('a body above client_max_body_size is denied before it is read', async t => {
  const upstream = await startUpstream(t)
  const proxy = await startScripted(t, { start: startNginx, upstream }, response => response.end())
  upstream.take() // forgets the requests that were sent until nginx was ready
  const head = 'POST /orders HTTP/1.1\r\nHost: app.example\r\nContent-Length: 17000000\r\n\r\n'
  assert.equal((await send(proxy.port, Buffer.from(head), 'POST')).status, 413)
  assert.deepEqual(upstream.take(), [])
})
