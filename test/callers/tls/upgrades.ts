import assert from 'node:assert/strict'
import { bearer } from '../../envoy/example.ts'
import type { Cleanup } from '../../support/cleanup.ts'
import { encrypted } from '../../support/encrypted.ts'
import { askOn } from '../../support/raw-http.ts'
import { openWebSocketOn } from '../../support/web-socket.ts'
import { upgrades } from '../odd/upgrades.ts'
import { type EncryptedScene, fieldsOf } from './scene.ts'

const target = '/orders/events'

export async function websocket(scene: EncryptedScene, t: Cleanup): Promise<void> {
  const { proxy, upstream } = scene
  const open = async (path: string, ...headers: (readonly [string, string])[]) =>
    openWebSocketOn(t, await encrypted(proxy.port, { alpn: 'http/1.1' }), { target: path, headers })
  const opened = await open(target, bearer, ['X-User', 'root'])
  assert.match(opened.head, /^HTTP\/1\.1 101 /)
  await opened.echo('through the tunnel')
  assert.deepEqual(upstream.only().all('x-user'), ['alice'])
  assert.match((await open(target)).head, /^HTTP\/1\.1 401 /)
  assert.match((await open('/admin', bearer)).head, /^HTTP\/1\.1 403 /)
  assert.deepEqual(upstream.take(), [])
}

/** RFC 8441: browsers use it if a server offers it, as HAProxy does. The other proxies refuse it. */
export async function websocketOverHttp2(
  { askRaw, upstream }: EncryptedScene,
  offered: boolean,
): Promise<void> {
  const open = (path: string, ...headers: (readonly [string, string])[]) =>
    askRaw({
      fields: [
        [':method', 'CONNECT'],
        [':protocol', 'websocket'],
        ...fieldsOf({ target: path }).slice(1),
        ['sec-websocket-version', '13'],
        ['x-user', 'root'],
        ...headers.map(([name, value]) => [name.toLowerCase(), value] as const),
      ],
      echo: 'through the tunnel',
    })
  const [opened, anonymous] = [await open(target, bearer), await open(target)]
  const came = upstream.take().map(({ method, all }) => [method, ...all('x-user')])
  assert.deepEqual(came, offered ? [['GET', 'alice']] : [])
  const status = (answer: typeof opened) => (answer === 'refused' ? 400 : answer.status)
  assert.equal(status(opened), offered ? 200 : 400)
  assert.equal(status(anonymous), offered ? 401 : 400)
}

/** After an upgrade to HTTP/2, further requests would reach the upstream without a decision. */
export async function noOtherProtocol({ proxy, upstream }: EncryptedScene): Promise<void> {
  for (const headers of upgrades) {
    const what = JSON.stringify(headers)
    const connection = await encrypted(proxy.port, { alpn: 'http/1.1' })
    const answer = await askOn(connection, { target: '/matched/a', headers })
    const asked = upstream.take().flatMap(({ all }) => all('upgrade'))
    assert(
      asked.every(protocol => protocol === 'websocket'),
      `${what}: ${asked}`,
    )
    assert.equal(answer.status === 101, asked.length > 0, what)
  }
}
