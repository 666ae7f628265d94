import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { ask } from '../../support/raw-http.ts'
import { type Scene, startScripted } from '../scene.ts'

export async function unauthorized(scene: Scene, t: TestContext): Promise<void> {
  for (const headers of [[], [['Authorization', 'Bearer x.y.z'] as const]]) {
    const answer = await scene.ask({ target: '/orders/7', headers })
    assert.equal(answer.status, 401)
    // An empty Location would send browsers to the same page again and again.
    assert.deepEqual(answer.all('location'), [])
    isFromOarlock(scene, answer.text)
  }
  await withChallenge(t, scene)
}

async function withChallenge(t: TestContext, scene: Scene): Promise<void> {
  const challenge = 'Bearer realm="orders", error="invalid_token"'
  const proxy = await startScripted(t, scene, response =>
    response.writeHead(401, { 'WWW-Authenticate': challenge }).end('no'),
  )
  const answer = await ask(proxy.port, { target: '/public/news' })
  assert.deepEqual([answer.status, answer.all('www-authenticate')], [401, [challenge]])
  assert.deepEqual(scene.upstream.take(), [])
}

export async function forbidden(scene: Scene): Promise<void> {
  const { traits, upstream, ask: anyone, askAsAlice } = scene
  const answer = await askAsAlice({ target: '/admin' })
  assert.equal(answer.status, 403)
  isFromOarlock(scene, answer.text)
  const unknown = [
    await anyone({ target: '/elsewhere' }),
    await anyone({ target: '/public/news', method: 'DELETE' }),
  ]
  const status = traits.authRequest ? 403 : 404
  assert.deepEqual(
    unknown.map(found => found.status),
    [status, status],
  )
  assert.deepEqual(upstream.take(), [])
}

function isFromOarlock({ traits, upstream }: Scene, body: string): void {
  assert.equal(/^\{"error":\{"code":\d+/.test(body), traits.denialBodies, body)
  assert.deepEqual(upstream.take(), [])
}

const browser = ['Accept', 'text/html'] as const

export async function redirect(scene: Scene, t: TestContext): Promise<void> {
  const { status, location } = scene.traits.redirect
  const answer = await scene.ask({ target: '/orders/7?x=1', headers: [browser] })
  assert.equal(answer.status, status)
  const page = 'https://login.example/?return_to=http%3A%2F%2Fapp.example%2Forders%2F7%3Fx%3D1'
  assert.deepEqual(answer.all('location'), location ? [page] : [])
  assert.deepEqual(scene.upstream.take(), [])
  await withCookies(t, scene)
}

async function withCookies(t: TestContext, scene: Scene): Promise<void> {
  const { redirect: expected, authRequest } = scene.traits
  const cookies = ['a=1; Path=/', 'b=2; Path=/']
  const proxy = await startScripted(t, scene, response => {
    const status = authRequest ? 401 : 302
    response.writeHead(status, { Location: '/login?a=b', 'Set-Cookie': cookies }).end('go')
  })
  const answer = await ask(proxy.port, { target: '/public/news', headers: [browser] })
  assert.equal(answer.status, expected.status)
  assert.deepEqual(answer.all('location').map(pathOf), expected.location ? ['/login?a=b'] : [])
  assert.deepEqual(answer.all('set-cookie'), cookies.slice(0, expected.cookies))
  assert.deepEqual(scene.upstream.take(), [])
}

/** nginx makes a Location absolute, with the host of the client's request. */
const pathOf = (location: string): string => location.replace(/^http:\/\/app\.example(:\d+)?/, '')
