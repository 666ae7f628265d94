import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Areas, areas, bearer, handlers, host, open, startAreas } from '../abuse/areas.ts'
import { eventually } from '../support/child.ts'
import { temporaryFolder } from '../support/folder.ts'
import { keySetOf, makeKey, makeToken, type TestKey } from '../support/keys.ts'
import { freePort } from '../support/ports.ts'
import { deadOrigin, rawServer, stubServer } from '../support/stub-server.ts'
import { assertWell, until } from './well.ts'

const key = makeKey('ES256', 'remote')
const rotated = makeKey('ES256', 'rotated')
const token = await makeToken(key, { sub: 'alice', scope: 'admin' })
const rotatedToken = await makeToken(rotated, { sub: 'alice', scope: 'admin' })

const answer = (text: string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
  ((_, response) => response.writeHead(200, headers).end(text)) as RequestListener

const endless: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.on('error', () => response.destroy())
  const more = (): void => {
    while (response.writable && response.write(' '.repeat(65_536)));
  }
  response.on('drain', more)
  more()
}

const dripping: RequestListener = (_, response) => {
  response.writeHead(200)
  const timer = setInterval(() => response.write(' '), 20)
  response.on('close', () => clearInterval(timer))
}

const endsEarly = (socket: Socket): void => {
  socket.once('data', () => {
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${keySetOf(key)}`)
  })
}

const manyHeaders = (socket: Socket): void => {
  socket.once('data', () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `X-${i}: ${'a'.repeat(100)}\r\n`)
    socket.write(`HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`)
  })
}

/** Locations that provide no key, by their behaviour. */
const faulty = async (t: TestContext): Promise<Readonly<Record<string, string>>> => {
  const elsewhere = await stubServer(t, answer(keySetOf(key)))
  const serve = async (listener: RequestListener) => (await stubServer(t, listener)).origin
  return {
    'never-answers': await serve(() => undefined),
    'is-not-there': await deadOrigin(),
    'sends-garbage': await rawServer(t, socket => socket.end('\0\x01\xff garbage \r\n\r\n')),
    'never-ends': await serve(endless),
    drips: await serve(dripping),
    'leads-elsewhere': await serve((_, response) =>
      response.writeHead(302, { location: elsewhere.origin }).end(),
    ),
    'leads-in-circles': await serve((_, response) =>
      response.writeHead(307, { location: '/again' }).end(),
    ),
    'sends-a-page': await serve(answer('<!DOCTYPE html><title>Log in</title>')),
    'sends-a-list': await serve(answer(JSON.stringify([key.jwk]))),
    'sends-half': await serve(answer(keySetOf(key).slice(0, -9))),
    'sends-it-packed': await serve(
      answer(gzipSync(Buffer.alloc(50_000_000)), { 'content-encoding': 'gzip' }),
    ),
    'is-very-deep': await serve(answer(`{"keys":${'['.repeat(200_000)}`)),
    'ends-early': await rawServer(t, endsEarly),
    'hangs-up': await rawServer(t, socket => socket.destroy()),
    'sends-headers-only': await rawServer(t, manyHeaders),
    'is-broken': await serve((_, response) => response.writeHead(500).end(keySetOf(key))),
    'wants-a-login': await serve((_, response) => response.writeHead(401).end(keySetOf(key))),
  }
}

const config = (more: object = {}) => ({
  ...handlers,
  authenticators: {
    ...handlers.authenticators,
    jwt: {
      ...handlers.authenticators.jwt,
      config: { ...handlers.authenticators.jwt.config, jwks_max_wait: '500ms', ...more },
    },
  },
})

/** For key servers that answer: on a busy machine, half a second is short. */
const patient = { jwks_max_wait: '5s' }

/** A rule whose keys are fetched from that location. */
const remote = (id: string, origin: string) => ({
  ...open(id, `http://${host}/${id}`),
  authenticators: [{ handler: 'jwt', config: { jwks_urls: [`${origin}/keys`] } }],
})

const withToken = (target: string, sent = token) => ({ target, headers: [bearer(sent)] })

test('missing keys deny the requests that need them, and no other requests', async t => {
  const origins = await faulty(t)
  const rules = Object.entries(origins).map(([id, origin]) => remote(id, origin))
  const started = await startAreas(t, { rules: [...areas, ...rules], config: config() })
  for (const id of Object.keys(origins)) {
    await t.test(`from a server that ${id.replaceAll('-', ' ')}`, async () => {
      const results = [started.decisions, started.grpc].map(way => way(withToken(`/${id}`)))
      assert.equal(await started.grpc({ target: '/public' }), 'public')
      assert.deepEqual(await Promise.all(results), [401, 401])
    })
  }
  await t.test('all of them at once, many times', async () => {
    const asked = Object.keys(origins).flatMap(id => Array.from({ length: 30 }, () => id))
    const results = asked.map((id, i) =>
      (i % 2 === 0 ? started.grpc : started.decisions)(withToken(`/${id}`)),
    )
    assert.deepEqual(new Set(await Promise.all(results)), new Set([401]))
  })
  await t.test('a valid request is allowed afterwards', () => assertWell(started))
})

test('an answer without an end is cut off', async t => {
  let closed = false
  const server = await stubServer(t, (request, response) => {
    response.on('close', () => {
      closed = true
    })
    endless(request, response)
  })
  const rules = [...areas, remote('endless', server.origin)]
  const { decisions } = await startAreas(t, { rules, config: config() })
  assert.equal(await decisions(withToken('/endless')), 401)
  await eventually(() => closed || undefined, 'the call ends')
})

test('a FIFO in place of a key file does not block other files', async t => {
  const folder = temporaryFolder(t)
  const names = Array.from({ length: 10 }, (_, i) => `pipe-${i}`)
  spawnSync(
    'mkfifo',
    names.map(name => join(folder, name)),
  )
  const pipes = names.map(name => ({
    ...remote(name, ''),
    authenticators: [{ handler: 'jwt', config: { jwks_urls: [`file://${folder}/${name}`] } }],
  }))
  const file = join(temporaryFolder(t), 'keys')
  writeFileSync(file, keySetOf(key))
  const rules = [...areas, ...pipes, remote('file', `file://${dirname(file)}`)]
  const { decisions } = await startAreas(t, { rules, config: config() })
  const results = await Promise.all(names.map(name => decisions(withToken(`/${name}`))))
  assert.deepEqual(new Set(results), new Set([401]))
  assert.equal(await decisions(withToken('/file')), 'file')
})

test('the Content-Type and Content-Length of a key set do not matter', async t => {
  const typed = await stubServer(t, answer(keySetOf(key), { 'content-type': 'text/html' }))
  const chunked = await stubServer(t, (_, response) => {
    for (const part of keySetOf(key)) response.write(part)
    response.end()
  })
  const rules = [remote('typed', typed.origin), remote('chunked', chunked.origin)]
  const { decisions } = await startAreas(t, { rules, config: config(patient) })
  assert.equal(await decisions(withToken('/typed')), 'typed')
  assert.equal(await decisions(withToken('/chunked')), 'chunked')
})

interface Issuer {
  keys: readonly TestKey[]
  readonly origin: string
}

async function issuer(t: TestContext): Promise<Issuer> {
  const state = { keys: [key] as readonly TestKey[] }
  const { origin } = await stubServer(t, (_, response) => response.end(keySetOf(...state.keys)))
  return Object.assign(state, { origin })
}

const startWith = (t: TestContext, origin: string): Promise<Areas> =>
  startAreas(t, {
    rules: [...areas, remote('remote', origin)],
    config: config({ ...patient, jwks_ttl: '1s' }),
  })

test('a new key works at once, and a removed key stops working', async t => {
  const server = await issuer(t)
  const { decisions, grpc } = await startWith(t, server.origin)
  assert.equal(await decisions(withToken('/remote')), 'remote')
  server.keys = [key, rotated]
  assert.equal(await decisions(withToken('/remote', rotatedToken)), 'remote')
  server.keys = [rotated]
  for (const way of [decisions, grpc]) await until(() => way(withToken('/remote')), 401)
  assert.equal(await grpc(withToken('/remote', rotatedToken)), 'remote')
})

test('a key server that is down at start is used when it is up', async t => {
  const port = await freePort()
  const started = await startWith(t, `http://127.0.0.1:${port}`)
  assert.equal(await started.decisions(withToken('/remote')), 401)
  await assertWell(started)
  const server = createServer((_, response) => response.end(keySetOf(key)))
  server.listen(port, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  for (const way of [started.decisions, started.grpc])
    await until(() => way(withToken('/remote')), 'remote')
})

test('when the key server dies, cached keys are used for a bounded time', async t => {
  const server = createServer((_, response) => response.end(keySetOf(key)))
  const port = await freePort()
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const die = (): void => {
    server.close()
    server.closeAllConnections()
  }
  t.after(die)
  const rules = [...areas, remote('remote', `http://127.0.0.1:${port}`)]
  const started = await startAreas(t, { rules, config: config({ ...patient, jwks_ttl: '500ms' }) })
  assert.equal(await started.decisions(withToken('/remote')), 'remote')
  die()
  assert.equal(await started.decisions(withToken('/remote')), 'remote')
  for (const way of [started.decisions, started.grpc])
    await until(() => way(withToken('/remote')), 401)
  await assertWell(started)
})
