import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../support/raw-http.ts'
import { startUpstream } from '../support/upstream.ts'
import { passesAll } from './caller.ts'
import { testProxy } from './run-checks.ts'
import { startScripted } from './scene.ts'
import { startHaproxy } from './start/haproxy.ts'

testProxy('haproxy', { folder: 'haproxy', start: startHaproxy(), traits: passesAll })

test('when the Lua script ends early, no request is allowed', async t => {
  const upstream = await startUpstream(t)
  for (const [what, edit] of Object.entries(broken)) {
    const start = startHaproxy(edit)
    const proxy = await startScripted(t, { start, upstream }, response => response.end())
    assert.equal((await ask(proxy.port, { target: '/public/news' })).status, 503, what)
    assert.deepEqual(upstream.take(), [], what)
  }
})

const broken: Readonly<Record<string, (text: string) => string>> = {
  'an error in the action': text => text.replace('"unanswered")', '"unanswered") error("broken")'),
  'an error while calling Oarlock': text => text.replace('core.httpclient()', 'core.nothing()'),
  'the line that calls the script is missing': text =>
    text.replace(/^ *http-request lua\.oarlock$/m, ''),
  'an endless loop': text =>
    text
      .replace('"unanswered")', '"unanswered") while true do end')
      .replace('session-timeout 4s', 'session-timeout 200ms'),
}

test('only a 200 of Oarlock allows a request', async t => {
  const upstream = await startUpstream(t)
  for (const [status, shown] of [
    [201, 503],
    [204, 503],
    [304, 304],
    [404, 404],
    [500, 503],
  ] as const) {
    const proxy = await startScripted(t, { start: startHaproxy(), upstream }, response =>
      response.writeHead(status).end(),
    )
    assert.equal((await ask(proxy.port, { target: '/public/news' })).status, shown)
    assert.deepEqual(upstream.take(), [])
  }
})
