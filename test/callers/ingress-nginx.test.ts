import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../support/raw-http.ts'
import { passesAll } from './caller.ts'
import { testProxy } from './run-checks.ts'
import { startScene } from './scene.ts'
import { startIngressNginx } from './start/ingress-nginx.ts'

const setup = {
  folder: 'ingress-nginx',
  traits: {
    ...passesAll,
    denialBodies: false,
    authRequest: true,
    answered: { ...passesAll.answered, cookies: 1 },
    redirect: { status: 401, location: false, cookies: 0 },
  },
} as const

testProxy('ingress-nginx', { ...setup, start: startIngressNginx() })

test('ingress-nginx with a page to sign in', async t => {
  const annotations = {
    'auth-signin': 'https://login.example/',
    'auth-signin-redirect-param': 'return_to',
  }
  const start = startIngressNginx(annotations)
  const { proxy, upstream, askAsAlice } = await startScene(t, { ...setup, start })
  const answer = await ask(proxy.port, { target: '/orders/7' })
  assert.equal(answer.status, 302)
  assert.deepEqual(answer.all('location'), [
    'https://login.example/?return_to=http://app.example/orders/7',
  ])
  assert.equal((await askAsAlice({ target: '/admin' })).status, 403)
  assert.deepEqual(upstream.take(), [])
  assert.equal((await askAsAlice({ target: '/orders/7' })).status, 200)
})
