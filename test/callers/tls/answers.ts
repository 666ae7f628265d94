import assert from 'node:assert/strict'
import { type EncryptedScene, fieldsOf } from './scene.ts'

export async function unauthorized({ ask, upstream, traits }: EncryptedScene): Promise<void> {
  const answer = await ask({ target: '/orders/7' })
  assert.equal(answer.status, 401)
  assert.equal(/^\{"error":\{"code":401/.test(answer.text), traits.denialBodies, answer.text)
  assert.deepEqual(upstream.take(), [])
}

export async function redirect({ ask, upstream, traits }: EncryptedScene): Promise<void> {
  const { status, location } = traits.redirect
  const headers = [['accept', 'text/html']] as const
  const answer = await ask({ target: '/orders/7?x=1', headers })
  assert.equal(answer.status, status)
  const page = 'https://login.example/?return_to=https%3A%2F%2Fapp.example%2Forders%2F7%3Fx%3D1'
  assert.deepEqual(answer.all('location'), location ? [page] : [])
  assert.deepEqual(upstream.take(), [])
}

/** HTTP/2 allows one field per cookie. */
export async function crumbs({ askRaw, upstream }: EncryptedScene): Promise<void> {
  const asked = async (...cookies: string[]) => {
    const crumbs = cookies.map(cookie => ['cookie', cookie] as const)
    const answer = await askRaw({ fields: [...fieldsOf({ target: '/account' }), ...crumbs] })
    return answer === 'refused' ? answer : answer.status
  }
  assert.equal(await asked('theme=dark', 'sid=abc', 'lang=en; x=1'), 200)
  const received = upstream.only()
  assert.deepEqual(received.all('x-user'), ['carol'])
  assert.equal(received.all('cookie').join('; '), 'theme=dark; sid=abc; lang=en; x=1')
  assert.equal(await asked('theme=dark', 'sid=other'), 401)
  assert.equal(await asked('theme=dark', 'lang=en'), 401)
  assert.deepEqual(upstream.take(), [])
}
