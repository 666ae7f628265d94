/** The checks for callers that are built on Envoy. */
import assert from 'node:assert/strict'
import { bearer, token } from '../envoy/example.ts'
import { deny, type ScriptedDoors } from '../envoy/scripted-doors.ts'
import type { Cleanup } from '../support/cleanup.ts'
import type { Oarlock } from '../support/oarlock.ts'
import { type Answer, ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'
import type { Upstream } from '../support/upstream.ts'
import { openWebSocket } from '../support/web-socket.ts'
import { type Answered, everything, ownCookies, theirs } from './answered.ts'
import type { Checks } from './checks.ts'

/** How one caller that is built on Envoy differs from another. */
export interface EnvoyTraits {
  /** What a client receives when Oarlock cannot be reached. */
  readonly closed: 403 | 503
  /** What happens to a body above the limit: it is cut and denied, denied at once, or never sent. */
  readonly body: 'cut' | 'refused' | 'unsent'
  /** What of an allowed answer reaches the client; default: everything. */
  readonly answered?: Answered
  /** The HTTP form cannot change the query. */
  readonly keepsQuery?: true
}

/** One caller in front of a running Oarlock. */
export interface Site {
  readonly caller: EnvoyTraits
  readonly port: number
  readonly upstream: Upstream
  readonly oarlock: Oarlock
  /** The same caller in front of doors whose answers the test chooses. */
  readonly scripted: { readonly port: number; readonly doors: ScriptedDoors }
}

const order = { target: '/orders/7', headers: [bearer] } as const
const rootUser = [
  ['X-User', 'root'],
  ['x-user', 'admin'],
] as const

/** A service that no request reaches. */
function assertRefused(site: Site, answer: Answer, statuses: readonly number[]): void {
  assert(statuses.includes(answer.status), `${answer.status}, expected ${statuses}`)
  assert.deepEqual(site.upstream.take(), [])
}

const isClosed = async (site: Site): Promise<void> => {
  const answer = await ask(site.port, { target: '/public/news', headers: rootUser })
  assertRefused(site, answer, [site.caller.closed])
}

export const envoyChecks: Checks<Site, Cleanup> = {
  allow: async ({ port, upstream }) => {
    const answer = await ask(port, order)
    assert.deepEqual([answer.status, answer.text], [200, 'upstream'])
    assert.deepEqual(upstream.only().all('x-user'), ['alice'])
  },

  spoofed: async ({ port, upstream }) => {
    const orders = { target: '/orders/7', headers: [...rootUser, bearer] } as const
    assert.equal((await ask(port, orders)).status, 200)
    assert.deepEqual(upstream.only().all('x-user'), ['alice'])
    assert.equal((await ask(port, { target: '/public/news', headers: rootUser })).status, 200)
    assert.deepEqual(upstream.only().all('x-user'), ['guest'])
  },

  owned: async ({ port, upstream }) => {
    const headers = [['X-Role', 'admin'], ...rootUser] as const
    assert.equal((await ask(port, { target: '/hydrated', headers })).status, 200)
    const received = upstream.only()
    assert.deepEqual([received.all('x-role'), received.all('x-user')], [[], []])
    const twin = await ask(port, { target: '/hydrated', headers: [['X_Role', 'admin']] })
    // Either denied, or forwarded without the header.
    assert([200, 400].includes(twin.status), `${twin.status}`)
    for (const { all } of upstream.take()) assert.deepEqual(all('x_role'), [])
  },

  unauthorized: async site => {
    for (const headers of [[], [['Authorization', 'Bearer x.y.z']]] as const) {
      const answer = await ask(site.port, { target: '/orders/7', headers })
      assertRefused(site, answer, [401])
      assert.deepEqual(answer.all('content-type'), ['application/json'])
      assert.match(answer.text, /"code":401/)
    }
  },

  forbidden: async site => {
    const answer = await ask(site.port, { target: '/admin', headers: [bearer] })
    assertRefused(site, answer, [403])
    assert.deepEqual(answer.all('content-type'), ['application/json'])
    assert.match(answer.text, /"code":403/)
  },

  redirect: async site => {
    const answer = await ask(site.port, { target: '/account' })
    assertRefused(site, answer, [302])
    assert.deepEqual(answer.all('location'), ['https://login.example/?from=here'])
    const { port, doors } = site.scripted
    const headers = { Location: 'https://login.example/', 'Set-Cookie': ['a=1', 'b=2'] }
    doors.on('/login', () => deny(302, { headers }))
    const scripted = await ask(port, { target: '/login' })
    assertRefused(site, scripted, [302])
    assert.deepEqual(scripted.all('location'), ['https://login.example/'])
    assert.deepEqual(scripted.all('set-cookie'), ['a=1', 'b=2'])
  },

  body: async site => {
    const { port, upstream, caller } = site
    const headers = [['Content-Type', 'text/x-test'], bearer] as const
    const post = (target: string, body: string) =>
      ask(port, { method: 'POST', target, headers, body: Buffer.from(body) })
    const long = `allow ${'x'.repeat(9000)}`
    if (caller.body === 'unsent') {
      assertRefused(site, await post('/uploads', 'allow'), [403])
    } else {
      assert.equal((await post('/uploads', 'allow')).status, 200)
      assert.equal(upstream.only().body.toString(), 'allow')
      assertRefused(site, await post('/uploads', 'deny'), [403])
    }
    assertRefused(site, await post('/uploads', long), [caller.body === 'refused' ? 413 : 403])
    if (caller.body === 'refused') return
    assert.equal((await post('/orders', long)).status, 200)
    const received = upstream.only()
    assert.equal(received.body.length, long.length)
    assert.deepEqual(received.all('content-type'), ['text/x-test'])
  },

  query: async ({ port, upstream }) => {
    const target = '/orders/7?b=2&a=1&a=%2F&empty&x=a%20b+c&y=..%2f..'
    assert.equal((await ask(port, { target, headers: [bearer] })).status, 200)
    assert.equal(upstream.only().target, target)
  },

  paths: async site => {
    for (const target of spellings) await matchedAsForwarded(site, target)
    for (const target of adminSpellings) {
      const { status } = await ask(site.port, { target, headers: elsewhere })
      assert(status >= 300 && status < 500, `${target}: ${status}`)
      assert.deepEqual(site.upstream.take(), [], target)
    }
  },

  down: async site => {
    await site.oarlock.stop()
    await isClosed(site)
  },

  slow: async site => {
    site.oarlock.signal('SIGSTOP')
    try {
      await isClosed(site)
    } finally {
      site.oarlock.signal('SIGCONT')
    }
    const passes = async () => (await ask(site.port, { target: '/public/news' })).status === 200
    await until(passes, 'requests are allowed again')
    site.upstream.take()
  },

  websocket: async ({ port, upstream }, t) => {
    const opened = await openWebSocket(t, port, { ...order, headers: [...rootUser, bearer] })
    assert.match(opened.head, /^HTTP\/1\.1 101 /)
    await opened.echo('both ways')
    assert.deepEqual(upstream.only().all('x-user'), ['alice'])
    const refused = await openWebSocket(t, port, { target: '/orders/7' })
    assert.match(refused.head, /^HTTP\/1\.1 401 /)
    assert.deepEqual(upstream.take(), [])
  },

  answered: async ({ caller, port }) => {
    const { header, cookies } = caller.answered ?? everything
    const answer = await ask(port, { target: '/answered' })
    assert.deepEqual([answer.status, answer.text], [200, 'upstream'])
    const expected = header === 'replaced' ? 'DENY' : 'ALLOWALL'
    assert.deepEqual(answer.all('x-frame-options'), [expected])
    assert.deepEqual(answer.all('set-cookie'), [theirs, ...ownCookies.slice(0, cookies)])
  },

  credential: async ({ port, upstream }) => {
    assert.equal((await ask(port, { target: '/used', headers: [bearer] })).status, 200)
    const used = upstream.only()
    assert.deepEqual([used.all('authorization'), used.all('x-user')], [[], ['alice']])
    const cookie = ['Cookie', `a="1 2"; token=${token}; b=%C3%A4`] as const
    assert.equal((await ask(port, { target: '/used-cookie', headers: [cookie] })).status, 200)
    assert.deepEqual(upstream.only().all('cookie'), ['a="1 2"; b=%C3%A4'])
  },

  changed: async site => {
    const { port, upstream, caller } = site
    const headers = [
      ['X-Debug', '1'],
      ['Cookie', 'a=1; debug=2'],
    ] as const
    assert.equal((await ask(port, { target: '/removed', headers })).status, 200)
    const { all } = upstream.only()
    assert.deepEqual([all('x-debug'), all('cookie')], [[], ['a=1']])
    const answer = await ask(port, { target: '/queried?a=%31&token=x&user=root&user=y' })
    if (caller.keepsQuery) return assertRefused(site, answer, [403])
    assert.equal(answer.status, 200)
    assert.equal(upstream.only().target, '/queried?a=%31&user=guest')
    // With validate_mutations Envoy denies a change in which an escape stands.
    const escaped = await ask(port, { target: '/queried?a=1&to%6ben=x&us%65r=root' })
    assert([200, 500].includes(escaped.status), `${escaped.status}`)
    const targets = upstream.take().map(({ target }) => target)
    assert.deepEqual(targets, escaped.status === 200 ? ['/queried?a=1&user=guest'] : [])
  },
}

/** Everything below /matched is allowed, and X-User contains the path that was matched. */
const spellings = [
  '/matched/a%2Fb',
  '/matched/a%2fb',
  '/matched//a///b',
  '/matched/./a',
  '/matched/x/../a',
  '/matched/x/%2e%2e/a',
  '/public/../matched/a',
  '/matched/%41%7e',
  '/matched/a%20b',
  '/matched/a;v=1',
  '/matched/caf%C3%A9',
  '/matched/a%5Cb',
  '/matched/a%252Fb',
]

async function matchedAsForwarded({ port, upstream }: Site, target: string): Promise<void> {
  const { status } = await ask(port, { target })
  const [received] = upstream.take()
  if (received === undefined) return assert(status >= 300 && status < 500, `${target}: ${status}`)
  const matched = Buffer.from(received.all('x-user').join('|'), 'latin1').toString()
  assert.equal(decodeURIComponent(received.target), matched, target)
}

/** Headers with which a client describes its own request. */
const elsewhere = [
  ['X-Forwarded-Method', 'GET'],
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-Host', 'app.example'],
  ['X-Forwarded-Uri', '/public/news'],
  ['X-Original-Url', 'http://app.example/public/news'],
] as const

const adminSpellings = [
  '/admin',
  '/public/../admin',
  '/public/%2e%2e/admin',
  '/public/..%2fadmin',
  '/public%2f..%2fadmin',
  '//admin',
  '/public\\..\\admin',
  '/public/..;/admin',
  '/%61dmin',
  '/public/..%5cadmin',
  '/admin%00',
]
