/** The row of Node applications: `oarlock/express` in the application's process, in front of both of its handlers. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { createAuthorizer } from '../../src/app/embedded/express.ts'
import { type Answer, type Ask, ask, send } from '../support/raw-http.ts'
import { startUpstream, type Upstream } from '../support/upstream.ts'
import { openWebSocket } from '../support/web-socket.ts'
import { ownCookies } from './answered.ts'
import type { Checks } from './checks.ts'
import { authorization, writeEmbedded } from './embedded-files.ts'
import { testCaller } from './run-checks.ts'

const bearer = ['Authorization', authorization] as const
const rootUser = [
  ['X-User', 'root'],
  ['x-user', 'admin'],
  ['X_User', 'root'],
] as const

interface Site {
  readonly port: number
  readonly upstream: Upstream
  readonly ask: (request: Ask) => Promise<Answer>
}

async function start(t: TestContext): Promise<Site> {
  const limits = { decision: { timeout: '300ms' } }
  const config = await writeEmbedded(t, 'http://app.example', { limits })
  const { middleware, upgrade, close } = await createAuthorizer({ config: [config] })
  t.after(close)
  const upstream = await startUpstream(t, undefined, {
    request: handler => (incoming, response) =>
      middleware(incoming, response, () => void handler(incoming, response as never)),
    upgrade,
  })
  return { port: upstream.port, upstream, ask: request => ask(upstream.port, request) }
}

function assertRefused({ upstream }: Site, answer: Answer, status: number): void {
  assert.equal(answer.status, status)
  assert.deepEqual(upstream.take(), [])
}

const elsewhere = [
  ['X-Forwarded-Method', 'GET'],
  ['X-Forwarded-Uri', '/public/news'],
  ['X-Original-Url', 'http://app.example/public/news'],
] as const

const checks: Checks<Site, TestContext> = {
  allow: async ({ ask: asked, upstream }) => {
    const answer = await asked({ target: '/orders/7', headers: [bearer] })
    assert.deepEqual([answer.status, answer.text], [200, 'upstream'])
    assert.deepEqual(upstream.only().all('x-user'), ['alice'])
  },

  spoofed: async ({ ask: asked, upstream }) => {
    for (const [target, headers, name] of [
      ['/orders/7', [...rootUser, bearer], 'alice'],
      ['/public/news', rootUser, 'guest'],
    ] as const) {
      assert.equal((await asked({ target, headers })).status, 200)
      const received = upstream.only()
      assert.deepEqual([received.all('x-user'), received.all('x_user')], [[name], []])
    }
  },

  owned: async ({ ask: asked, upstream }) => {
    const headers = [['X-Role', 'admin'], ['X_Role', 'admin'], ...rootUser] as const
    assert.equal((await asked({ target: '/hydrated', headers })).status, 200)
    const { all } = upstream.only()
    assert.deepEqual([all('x-role'), all('x_role'), all('x-user')], [[], [], []])
  },

  unauthorized: async site => {
    for (const headers of [[], [['Authorization', 'Bearer x.y.z']]] as const) {
      const answer = await site.ask({ target: '/orders/7', headers })
      assertRefused(site, answer, 401)
      assert.match(answer.text, /"code":401/)
    }
  },

  forbidden: async site => {
    const answer = await site.ask({ target: '/admin', headers: [bearer] })
    assertRefused(site, answer, 403)
    assert.match(answer.text, /"code":403/)
  },

  redirect: async site => {
    const answer = await site.ask({ target: '/account' })
    assertRefused(site, answer, 302)
    assert.deepEqual(answer.all('location'), ['https://login.example/'])
  },

  body: async site => {
    const body = Buffer.alloc(300_000, 'x')
    const post = (target: string) => site.ask({ method: 'POST', target, headers: [bearer], body })
    assert.equal((await post('/orders')).status, 200)
    assert.deepEqual(site.upstream.only().body, body)
    // What the rule has read, the application reads, too.
    assert.equal((await post('/uploads')).status, 200)
    assert.deepEqual(site.upstream.only().body, body)
  },

  query: async ({ ask: asked, upstream }) => {
    const target = '/orders/7?b=2&a=1&a=%2F&empty&x=a%20b+c&y=..%2f..'
    assert.equal((await asked({ target, headers: [bearer] })).status, 200)
    assert.equal(upstream.only().target, target)
  },

  answered: async ({ ask: asked }) => {
    const answer = await asked({ target: '/answered' })
    assert.deepEqual([answer.status, answer.text], [200, 'upstream'])
    assert.deepEqual(answer.all('x-frame-options'), ['DENY'])
    assert.deepEqual(answer.all('set-cookie'), ownCookies)
  },

  credential: async ({ ask: asked, upstream }) => {
    assert.equal((await asked({ target: '/used', headers: [bearer] })).status, 200)
    assert.deepEqual(upstream.only().all('authorization'), [])
  },

  changed: async ({ ask: asked, upstream }) => {
    const headers = [
      ['X_Role', 'admin'],
      ['Cookie', 'a=1; debug=2'],
    ] as const
    assert.equal((await asked({ target: '/removed', headers })).status, 200)
    const { all } = upstream.only()
    assert.deepEqual([all('x_role'), all('cookie')], [[], ['a=1']])
    await asked({ target: '/queried?a=%31&to%6ben=x&us%65r=root' })
    assert.equal(upstream.only().target, '/queried?a=%31&user=guest')
  },

  paths: async site => {
    for (const target of ['/orders/a', '/orders/a/', '/orders/a%20b', '/orders/me%40x']) {
      const { status } = await site.ask({ target, headers: [bearer] })
      const [received] = site.upstream.take()
      assert.deepEqual([status, received?.target], [200, target])
      // An application that decodes the path gets the path that was matched.
      const read = decodeURIComponent(target).replace(/\/$/, '')
      assert.deepEqual(received?.all('x-matched'), [`${read}?`])
    }
    // It is not known how the application would read these paths.
    for (const target of ['/orders/a%2Fb', '/orders//a', '/orders/x/../a', '/orders/%41%7e'])
      assertRefused(site, await site.ask({ target, headers: [bearer] }), 400)
    for (const target of ['/public/../admin', '/public/%2e%2e/admin', '/%61dmin', '//admin']) {
      const { status } = await site.ask({ target, headers: elsewhere })
      assert(status >= 400 && status < 500, `${target}: ${status}`)
      assert.deepEqual(site.upstream.take(), [], target)
    }
  },

  down: async () => {
    // Only the application's own process could be down: it does not start without rules.
    await assert.rejects(createAuthorizer({ config: ['/nowhere/oarlock.yaml'] }), /oarlock\.yaml/)
  },

  slow: async site => {
    const began = performance.now()
    assertRefused(site, await site.ask({ target: '/slow', headers: [bearer] }), 504)
    assert(performance.now() - began < 5000)
  },

  websocket: async ({ port, upstream }, t) => {
    const target = '/orders/7'
    const opened = await openWebSocket(t, port, { target, headers: [...rootUser, bearer] })
    assert.match(opened.head, /^HTTP\/1\.1 101 /)
    await opened.echo('both ways')
    const { all } = upstream.only()
    assert.deepEqual([all('x-user'), all('x_user')], [['alice'], []])
    for (const [path, headers, status] of [
      [target, [], 401],
      ['/admin', [bearer], 403],
      ['/public/../admin', [], 400],
      ['/orders//7', [bearer], 400],
      ['http://app.example/orders/7', [bearer], 400],
      ['/nowhere', [bearer], 404],
    ] as const) {
      const refused = await openWebSocket(t, port, { target: path, headers })
      assert.match(refused.head, new RegExp(`^HTTP/1\\.1 ${status} `), path)
    }
    for (const extra of ['Upgrade: h2c', 'Content-Length: 3']) {
      const protocol = extra.startsWith('Upgrade') ? '' : 'Upgrade: websocket\r\n'
      const text = `GET /public/news HTTP/1.1\r\nHost: app.example\r\nConnection: Upgrade\r\n${protocol}${extra}\r\n\r\n`
      assert.equal((await send(port, Buffer.from(text), 'GET')).status, 400, extra)
    }
    assert.deepEqual(upstream.take(), [])
  },
}

testCaller('node', { start, checks, reset: ({ upstream }) => void upstream.take() })
