import assert from 'node:assert/strict'
import { encrypted } from '../../support/encrypted.ts'
import { type Ask, askOn } from '../../support/raw-http.ts'
import { type EncryptedScene, fieldsOf } from './scene.ts'

/** `/secure` has a rule for https only, `/plain` one for http only. */
export async function scheme({ ask, upstream, traits }: EncryptedScene): Promise<void> {
  assert.equal((await ask({ target: '/secure/a' })).status, 200)
  const received = upstream.only()
  assert.deepEqual(received.all('x-name'), ['GET https://app.example/secure/a'])
  assert.deepEqual(received.all('x-forwarded-proto'), ['https'])
  assert.equal((await ask({ target: '/plain/a' })).status, traits.authRequest ? 403 : 404)
  assert.deepEqual(upstream.take(), [])
}

const claims = [
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-Proto', 'http, https'],
  ['X_Forwarded_Proto', 'http'],
  ['X-Forwarded-Scheme', 'http'],
  ['X-Forwarded-Ssl', 'off'],
  ['X-Forwarded-Port', '80'],
  ['X-Forwarded-Uri', '/secure/a'],
  ['X-Original-Url', 'http://app.example/plain/a'],
  ['Forwarded', 'proto=http'],
] as const

/** Over HTTP/1.1 one list at a time, over HTTP/2 all together. */
export async function claimedScheme({ proxy, ask, ...rest }: EncryptedScene): Promise<void> {
  const askHttp1 = async (request: Ask) =>
    askOn(await encrypted(proxy.port, { alpn: 'http/1.1' }), request)
  const lists = [[...claims, ...claims], ...claims.map(claim => [claim])]
  for (const headers of lists) await matchedAsHttps(askHttp1, headers, rest)
  await matchedAsHttps(ask, claims, rest)
}

async function matchedAsHttps(
  ask: EncryptedScene['ask'],
  headers: NonNullable<Ask['headers']>,
  { upstream, traits }: Pick<EncryptedScene, 'upstream' | 'traits'>,
): Promise<void> {
  const what = JSON.stringify(headers)
  assert.equal((await ask({ target: '/secure/a', headers })).status, 200, what)
  assert.deepEqual(upstream.only().all('x-forwarded-proto'), ['https'], what)
  const plain = await ask({ target: '/plain/a', headers })
  assert.equal(plain.status, traits.authRequest ? 403 : 404, what)
  assert.deepEqual(upstream.take(), [], what)
}

/** The host of the request is matched and forwarded, whatever SNI name the handshake has. */
export async function otherServerName({ askRaw, upstream }: EncryptedScene): Promise<void> {
  for (const [servername, host] of [
    ['other.example', 'app.example'],
    ['app.example', 'other.example'],
    ['localhost', 'app.example:8443'],
  ] as const) {
    const answer = await askRaw({ fields: fieldsOf({ target: '/matched/a', host }), servername })
    assert(answer !== 'refused' && answer.status === 200, `${servername}, ${host}`)
    const received = upstream.only()
    assert.deepEqual(received.all('x-name'), [`GET https://${host}/matched/a`])
    assert.deepEqual(received.all('host'), [host])
  }
}
