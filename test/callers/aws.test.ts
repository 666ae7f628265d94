/** The two rows of API Gateway: events for `oarlock/lambda`, and what the gateway makes of the answers. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { createHandler, type LambdaHandler } from '../../src/app/embedded/lambda.ts'
import { ownCookies } from './answered.ts'
import { type Asked, eventOf, type Form, type Outcome, throughGateway } from './aws.ts'
import type { Checks } from './checks.ts'
import { authorization, writeEmbedded } from './embedded-files.ts'
import { testCaller } from './run-checks.ts'

const Authorization = [authorization]
const spoofs = { 'X-User': ['root', 'admin'], 'X-Role': ['admin'], X_User: ['root'] }

interface Site {
  readonly form: Form
  readonly file: string
  readonly ask: (asked: Asked, remaining?: number) => Promise<Outcome>
  /** The handler of another instance of the function. */
  readonly fresh: () => LambdaHandler
}

const start =
  (form: Form) =>
  async (t: TestContext): Promise<Site> => {
    const file = await writeEmbedded(t, 'https://api.example')
    const fresh = () => createHandler({ config: [file] })
    const handle = fresh()
    const ask = (asked: Asked, remaining?: number) =>
      throughGateway(handle, eventOf[form](asked), remaining)
    return { form, file, ask, fresh }
  }

const isClosed = ({ status, received }: Outcome, expected: number): void =>
  assert.deepEqual([status, received], [expected, undefined])

const order = { target: '/orders/7', headers: { Authorization } } as const

const checks: Checks<Site, TestContext> = {
  allow: async ({ ask }) => {
    const { status, received } = await ask(order)
    assert.deepEqual([status, received?.['X-User'], received?.['rule']], [200, 'alice', 'orders'])
  },

  spoofed: async ({ ask }) => {
    const spoofed = await ask({ ...order, headers: { ...spoofs, Authorization } })
    assert.equal(spoofed.received?.['X-User'], 'alice')
    const guest = await ask({ target: '/public/news', headers: spoofs })
    assert.equal(guest.received?.['X-User'], 'guest')
  },

  owned: async ({ ask }) => {
    const { status, received } = await ask({ target: '/hydrated', headers: spoofs })
    // If it is mapped, an empty value replaces what the client sent.
    assert.deepEqual([status, received?.['X-User'], received?.['X-Role']], [200, '', ''])
  },

  unauthorized: async ({ form, ask }) => {
    const status = form === 'rest' ? 401 : 403
    isClosed(await ask({ target: '/orders/7' }), status)
    isClosed(await ask({ ...order, headers: { Authorization: ['Bearer x.y.z'] } }), status)
  },

  forbidden: async ({ ask }) => {
    isClosed(await ask({ ...order, target: '/admin' }), 403)
    isClosed(await ask({ ...order, target: '/elsewhere' }), 403)
    isClosed(await ask({ ...order, method: 'DELETE' }), 403)
  },

  redirect: async ({ form, ask }) =>
    isClosed(await ask({ target: '/account' }), form === 'rest' ? 401 : 403),

  body: async ({ ask }) => {
    isClosed(await ask({ ...order, method: 'POST', target: '/uploads' }), 403)
    assert.equal((await ask({ ...order, method: 'POST' })).status, 200)
  },

  query: async ({ form, ask }) => {
    const query = 'b=2&a=1&a=%2F&empty&x=a%20b+c&y=..%2f..'
    const { received } = await ask({ ...order, target: `/orders/7?${query}` })
    const [path, matched] = received?.['matched']?.split(/\?(.*)/s) ?? []
    assert.equal(path, '/orders/7')
    if (form === 'http-api') return assert.equal(matched, query)
    const parameters = (text: string | undefined) =>
      [...new URLSearchParams(text)].map(pair => pair.join('=')).sort()
    assert.deepEqual(parameters(matched), parameters(query))
  },

  answered: async ({ ask }) => {
    const { status, context } = await ask({ target: '/answered' })
    assert.equal(status, 200)
    assert.equal(context?.['response_x_frame_options'], 'DENY')
    const cookies = [context?.['response_set_cookie'], context?.['response_set_cookie_2']]
    assert.deepEqual(cookies, ownCookies)
  },

  credential: async ({ ask }) => {
    const { status, context } = await ask({ target: '/used', headers: { Authorization } })
    // If it is mapped, an empty value replaces what the client sent.
    assert.deepEqual([status, context?.['authorization']], [200, ''])
  },

  changed: async ({ ask }) => {
    const { status, received } = await ask({ target: '/removed', headers: spoofs })
    assert.deepEqual([status, received?.['X-Role']], [200, ''])
    isClosed(await ask({ target: '/queried?token=x' }), 500)
  },

  paths: async ({ ask }) => {
    for (const target of ['/orders/a%2Fb', '/%61dmin', '/public/%2e%2e/admin', '/orders/%zz'])
      isClosed(await ask({ ...order, target }), 500)
    for (const target of [
      '/admin/../orders/7',
      '/public//../admin',
      '//admin',
      '/orders/..;/admin',
    ])
      assert.notEqual((await ask({ target })).status, 200, target)
    assert.equal(
      (await ask({ ...order, target: '/orders/a;v=1' })).received?.['matched'],
      '/orders/a;v=1?',
    )
  },

  down: async ({ file, fresh, form }) => {
    rmSync(file)
    isClosed(await throughGateway(fresh(), eventOf[form](order)), 500)
  },

  slow: async ({ ask }) => {
    const began = performance.now()
    isClosed(await ask({ ...order, target: '/slow' }, 400), 500)
    // A loaded machine may be late, but nothing else ends the call before the ten seconds of a decision.
    assert(performance.now() - began < 4000, 'the function ends the call by its own time limit')
  },

  websocket: async ({ form, fresh }) => {
    if (form !== 'rest') return
    const connect = (headers: Asked['headers'] = {}) =>
      throughGateway(fresh(), eventOf.websocket({ target: '/', headers }))
    const { status, received } = await connect({ ...spoofs, Authorization })
    assert.deepEqual([status, received?.['X-User'], received?.['rule']], [200, 'alice', 'chat'])
    isClosed(await connect(spoofs), 401)
  },
}

testCaller('aws-rest', { start: start('rest'), checks })
testCaller('aws-http', { start: start('http-api'), checks })
