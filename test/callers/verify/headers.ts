import assert from 'node:assert/strict'
import type { Received } from '../../support/upstream.ts'
import type { Scene } from '../scene.ts'

export async function allow({ askAsAlice, upstream }: Scene): Promise<void> {
  const answer = await askAsAlice({ target: '/orders/7' })
  assert.deepEqual([answer.status, answer.text], [200, 'upstream'])
  const received = upstream.only()
  assert.equal(received.method, 'GET')
  assert.equal(received.target, '/orders/7')
  assert.deepEqual(spelled(received, 'x-user'), ['alice'])
  assert.deepEqual(spelled(received, 'x-name'), ['Alice Example'])
  assert.deepEqual(received.all('host'), ['app.example'])
}

/** All values of a name in any case, written with `-` or `_`. */
const spoofs = (value: string, ...names: string[]) =>
  names.flatMap(name => [
    [name, value] as const,
    [name.toUpperCase(), value] as const,
    [name, `${value}2`] as const,
    [name.replaceAll('-', '_'), value] as const,
    [name.replaceAll('-', '_').toUpperCase(), value] as const,
  ])

const spelled = ({ headers }: Received, name: string): readonly string[] =>
  headers
    .filter(([found]) => found.toLowerCase().replaceAll('_', '-') === name)
    .map(([, value]) => value)

export async function spoofed({ ask, askAsAlice, upstream }: Scene): Promise<void> {
  const headers = spoofs('root', 'x-user')
  assert.equal((await askAsAlice({ target: '/orders/7', headers })).status, 200)
  assert.deepEqual(spelled(upstream.only(), 'x-user'), ['alice'])
  assert.equal((await ask({ target: '/public/news', headers })).status, 200)
  assert.deepEqual(spelled(upstream.only(), 'x-user'), ['guest'])
  await namedInConnection({ askAsAlice, upstream })
}

/** Headers that `Connection` names are removed as hop-by-hop headers: the identity header must not be. */
async function namedInConnection({ askAsAlice, upstream }: Pick<Scene, 'askAsAlice' | 'upstream'>) {
  for (const value of ['X-User', 'close, x-user, X-Name', 'keep-alive, X_User']) {
    const headers = [['Connection', value] as const]
    const { status } = await askAsAlice({ target: '/orders/7', headers })
    const passed = upstream.take().map(received => spelled(received, 'x-user'))
    assert.deepEqual(passed, status === 200 ? [['alice']] : [], `Connection: ${value}, ${status}`)
    assert(status === 200 || status === 400)
  }
}

export async function owned({ ask, upstream }: Scene): Promise<void> {
  const headers = spoofs('admin', 'x-name')
  assert.equal((await ask({ target: '/public/news', headers })).status, 200)
  const received = upstream.only()
  assert.deepEqual(spelled(received, 'x-name'), [])
  assert.deepEqual(spelled(received, 'x-user'), ['guest'])
}

/** Headers in which a client describes its own request, sent with a target that it may not read and one that it may. */
const claims = [
  ['X-Forwarded-Uri', '/public/news'],
  ['X-Forwarded-Method', 'GET'],
  ['X-Forwarded-Host', 'other.example'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Prefix', '/public'],
  ['X-Forwarded-Port', '443'],
  ['X-Forwarded-Server', 'other.example'],
  ['X-Forwarded-For', '127.0.0.1'],
  ['X_Forwarded_Uri', '/public/news'],
  ['X_Forwarded_Method', 'GET'],
  ['X-Original-Url', 'http://app.example/public/news'],
  ['X-Original-Uri', '/public/news'],
  ['X-Original-Method', 'GET'],
  ['X_Original_Url', 'http://app.example/public/news'],
  ['X-Rewrite-Url', '/public/news'],
  ['X-Real-Ip', '127.0.0.1'],
  ['Forwarded', 'for=127.0.0.1;host=other.example;proto=https'],
  ['X-Envoy-Original-Path', '/public/news'],
  ['X-Envoy-Expected-Rq-Timeout-Ms', '1000'],
  ['User-Agent', 'GoogleHC/1.0'],
] as const

export async function claimed({ ask, upstream }: Scene): Promise<void> {
  for (const headers of [claims, ...claims.map(claim => [claim]), [...claims, ...claims]]) {
    const what = `${headers.length} from ${headers[0]?.[0]}`
    assert.equal((await ask({ target: '/admin', headers })).status, 401, what)
    const deleted = await ask({ method: 'DELETE', target: '/public/news', headers })
    assert(deleted.status === 403 || deleted.status === 404, `${what}: ${deleted.status}`)
    assert.deepEqual(upstream.take(), [], what)
  }
}

/** The reverse: an allowed request is not served as another one. */
export async function claimedForUpstream({ ask, upstream }: Scene): Promise<void> {
  const headers = [
    ['X-Original-URL', '/admin'],
    ['X-Rewrite-URL', '/admin'],
    ['x-original-url', '/admin'],
  ] as const
  assert.equal((await ask({ target: '/public/news', headers })).status, 200)
  const received = upstream.only()
  assert.deepEqual([...received.all('x-original-url'), ...received.all('x-rewrite-url')], [])
}
