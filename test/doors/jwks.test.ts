import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { start } from '../../src/app/start.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLog } from '../../src/observability/log.ts'
import { temporaryFolder } from '../support/folder.ts'
import { keySetOf, makeKey, sharedKey, type TestKey } from '../support/keys.ts'
import { ask } from '../support/raw-http.ts'

const rsa = makeKey('RS256', 'rsa')
const ec = makeKey('ES256', 'ec')
const shared = sharedKey('HS256', 'shared', 64)

/** With its private half, as a set for signing has it. */
const privateJwk = ({ privateKey, kid, alg }: TestKey): object => ({
  ...privateKey.export({ format: 'jwk' }),
  kid,
  alg,
  use: 'sig',
})

interface Service {
  readonly origin: string
  readonly keys: string
  readonly port: number
  readonly file: (name: string, text: string) => string
}

/** `global` is the key set of the configuration, `own` are those of the rules. */
async function serve(t: TestContext, global: string, own: readonly string[] = []) {
  const folder = temporaryFolder(t)
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return `file://${join(folder, name)}`
  }
  const rules = own.map((text, index) => ({
    id: `rule-${index}`,
    match: { url: `http://h/${index}`, methods: ['GET'] },
    authenticators: [{ handler: 'anonymous' }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'id_token', config: { jwks_url: file(`own-${index}.json`, text) } }],
  }))
  const config = {
    serve: {
      api: { host: '127.0.0.1', port: 0 },
      grpc: { enabled: false },
      proxy: { enabled: false },
      prometheus: { enabled: false },
    },
    access_rules: { repositories: [file('rules.json', JSON.stringify(rules))] },
    authenticators: {
      anonymous: { enabled: true },
      jwt: { enabled: true, config: { jwks_urls: [], jwks_ttl: '1s' } },
    },
    authorizers: { allow: { enabled: true } },
    mutators: {
      id_token: {
        enabled: true,
        config: { issuer_url: 'https://issuer.example/', jwks_url: file('global.json', global) },
      },
    },
  }
  const outcome = await loadConfig({
    files: [file('oarlock.json', JSON.stringify(config)).slice('file://'.length)],
    env: {},
  })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  const log = createLog({ level: 'panic', format: 'json' })
  const running = await start({ config: outcome.config, log, strict: false })
  t.after(() => running.stop())
  const origin = `http://${running.addresses.api}`
  const port = Number(running.addresses.api.split(':').pop())
  const service: Service = { origin, keys: `${origin}/.well-known/jwks.json`, port, file }
  return service
}

const idsOf = async (response: Response): Promise<readonly string[]> => {
  const { keys } = (await response.json()) as { keys: readonly { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

test('the keys of the configuration and of the rules are published, each once', async t => {
  const both = keySetOf(privateJwk(rsa), privateJwk(ec))
  const { keys } = await serve(t, keySetOf(privateJwk(rsa)), [both, both])
  assert.deepEqual(await idsOf(await fetch(keys)), ['rsa', 'ec'])
})

test('neither private parts nor shared keys are published', async t => {
  const odd = { kty: 'oct ', kid: 'odd', k: 'c2VjcmV0', d: 'c2VjcmV0' }
  const { keys } = await serve(
    t,
    keySetOf(privateJwk(rsa), privateJwk(ec), { ...shared.jwk, alg: 'HS256' }, odd),
  )
  const { keys: published } = (await (await fetch(keys)).json()) as { keys: object[] }
  assert.equal(published.length, 2)
  for (const key of published) {
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'])
      assert.ok(!(name in key), name)
  }
})

test('only shared keys: an empty set', async t => {
  const { keys } = await serve(t, keySetOf({ ...shared.jwk, alg: 'HS256' }))
  const response = await fetch(keys)
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), { keys: [] })
})

test('a set that cannot be read leaves the others; if none can be read it is a failure', async t => {
  const some = await serve(t, 'no key set', [keySetOf(privateJwk(ec))])
  assert.deepEqual(await idsOf(await fetch(some.keys)), ['ec'])
  const none = await serve(t, 'no key set')
  const response = await fetch(none.keys)
  assert.equal(response.status, 500)
  assert.match(await response.text(), /None of the provided URLs returned a valid JSON Web Key Set/)
})

test('a request with the current ETag gets 304, until the set changes', async t => {
  const { keys } = await serve(t, keySetOf(privateJwk(rsa)))
  const first = await fetch(keys)
  const tag = first.headers.get('etag') ?? ''
  assert.match(tag, /^"[\w-]{43}"$/)
  const again = await fetch(keys, { headers: { 'If-None-Match': tag } })
  assert.equal(again.status, 304)
  assert.equal(again.headers.get('etag'), tag)
  assert.equal(await again.text(), '')
  const weak = await fetch(keys, { headers: { 'If-None-Match': `"other", W/${tag}` } })
  assert.equal(weak.status, 304)
  const other = await fetch(keys, { headers: { 'If-None-Match': '"other"' } })
  assert.deepEqual(await idsOf(other), ['rsa'])
  const head = await fetch(keys, { method: 'HEAD' })
  assert.equal(head.headers.get('etag'), tag)
})

test('a request without ETag and Origin gets only the headers that Oathkeeper sends', async t => {
  const { port } = await serve(t, keySetOf(privateJwk(rsa)))
  const answer = await ask(port, { target: '/.well-known/jwks.json' })
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.all('etag'), [])
})

test('an ordinary client verifies a token with the published keys', async t => {
  const { origin, keys } = await serve(t, keySetOf(privateJwk(rsa)), [keySetOf(privateJwk(ec))])
  const allowed = await fetch(`${origin}/decisions/0`, {
    headers: { 'X-Forwarded-Host': 'h', 'X-Forwarded-Proto': 'http', 'X-Forwarded-Uri': '/0' },
  })
  assert.equal(allowed.status, 200)
  const token = allowed.headers.get('authorization')?.replace('Bearer ', '') ?? ''
  const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(keys)), {
    issuer: 'https://issuer.example/',
  })
  assert.equal(protectedHeader.kid, 'ec')
  assert.equal(payload.sub, 'anonymous')
})

async function tokenFrom(origin: string, path: string): Promise<string> {
  const allowed = await fetch(`${origin}/decisions${path}`, {
    headers: { 'X-Forwarded-Host': 'h', 'X-Forwarded-Proto': 'http', 'X-Forwarded-Uri': path },
  })
  assert.equal(allowed.status, 200)
  return allowed.headers.get('authorization')?.replace('Bearer ', '') ?? ''
}

test('a cached token is used until its key is gone, also if the new key has the same id', async t => {
  const { origin, keys, file } = await serve(t, keySetOf(privateJwk(rsa)), [
    keySetOf(privateJwk(ec)),
  ])
  const first = await tokenFrom(origin, '/0')
  assert.equal(await tokenFrom(origin, '/0'), first)
  file('own-0.json', keySetOf(privateJwk(makeKey('ES256', 'ec'))))
  let token = first
  for (let round = 0; token === first; round++) {
    assert.ok(round < 200, 'the token of the old key is used forever')
    await pause(50)
    token = await tokenFrom(origin, '/0')
  }
  const published = createRemoteJWKSet(new URL(keys), { cacheMaxAge: 0 })
  await jwtVerify(token, published)
  await assert.rejects(jwtVerify(first, published), {
    code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  })
})
