import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { posix } from 'node:path'
import { bearer } from '../../envoy/example.ts'
import { adminSpellings } from '../../support/admin-spellings.ts'
import { send } from '../../support/raw-http.ts'
import type { Scene } from '../scene.ts'

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const large = randomBytes(5 << 20)

export async function body({ proxy, ask, askAsAlice, upstream }: Scene): Promise<void> {
  const answer = await askAsAlice({ method: 'POST', target: '/orders', body: large })
  assert.equal(answer.status, 200)
  const received = upstream.only()
  assert.equal(received.method, 'POST')
  assert.equal(digest(received.body), digest(large))
  assert.deepEqual(received.all('x-user'), ['alice'])

  assert.equal((await send(proxy.port, chunked(large.subarray(0, 200_000)), 'POST')).status, 200)
  assert.equal(digest(upstream.only().body), digest(large.subarray(0, 200_000)))

  const denied = { method: 'POST', target: '/orders', body: large.subarray(0, 30_000) }
  assert.equal((await ask(denied)).status, 401)
  assert.deepEqual(upstream.take(), [])
}

function chunked(bytes: Buffer): Buffer {
  const [name, value] = bearer
  const lines = ['POST /orders HTTP/1.1', 'Host: app.example', `${name}: ${value}`]
  const head = [...lines, 'Transfer-Encoding: chunked', '', ''].join('\r\n')
  const half = bytes.length / 2
  return Buffer.concat([
    Buffer.from(head),
    ...[bytes.subarray(0, half), bytes.subarray(half)].flatMap(part => [
      Buffer.from(`${part.length.toString(16)}\r\n`),
      part,
      Buffer.from('\r\n'),
    ]),
    Buffer.from('0\r\n\r\n'),
  ])
}

export async function query({ ask, upstream }: Scene): Promise<void> {
  for (const text of [
    'b=2&a=1&a=%2F&c=a+b%20c&d=%252e&empty&e=',
    'path=../../admin&x=//&y=%2e%2e%2f',
    'q=%C3%A9&r=a:b@c/d?e',
  ]) {
    const target = `/public/news?${text}`
    assert.equal((await ask({ target })).status, 200, target)
    assert.equal(upstream.only().target, target)
  }
}

export async function paths({ ask, askAsAlice, upstream }: Scene): Promise<void> {
  for (const target of ['/public/a%20b', '/public/%C3%A9.png', '/public/.well-known/x']) {
    assert.equal((await ask({ target })).status, 200, target)
    assert.equal(upstream.only().target, target)
  }
  for (const target of adminSpellings) {
    const asGuest = await ask({ target })
    const asAlice = await askAsAlice({ target: target.replace('/public', '/orders') })
    assert(asGuest.status >= 400, `${target}: ${asGuest.status}`)
    assert(asAlice.status >= 400, `${target}: ${asAlice.status}`)
    assert.deepEqual(upstream.take(), [], target)
  }
  for (const target of publicSpellings) {
    const { status } = await ask({ target })
    const came = upstream.take()
    assert.equal(came.length, status === 200 ? 1 : 0, target)
    for (const received of came) {
      assert(!isAdmin(received.target), `${target} reached the upstream as ${received.target}`)
    }
  }
}

/** Public for some readings, in the admin area for others. */
const publicSpellings = [
  '/public//../admin',
  '/public/../public/news',
  '/admin/../public/news',
  '/admin/%2e%2e/public/news',
  '/admin%2f..%2fpublic/news',
  '/admin/..%2fpublic/news',
  '/admin/..;/public/news',
  '/admin\\..\\public/news',
  '/admin%5c..%5cpublic/news',
  '//public/../admin/../public/news',
  '/%2e/admin/../public/news',
  '/public/%2fadmin',
  '/public/%252e%252e/admin',
]

/** Whether an upstream would serve the admin area: one that decodes, cleans, does both or neither. */
function isAdmin(target: string): boolean {
  const raw = target.split('?')[0] ?? ''
  const decoded = decoding(raw).replaceAll('\\', '/')
  const readings = [raw, decoded, posix.normalize(raw), posix.normalize(decoded)]
  return readings.some(path => /^\/+admin/i.test(path))
}

function decoding(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
