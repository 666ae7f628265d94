import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { decodeJwt, importJWK, type JSONWebKeySet, type JWK, jwtVerify } from 'jose'
import { run } from '../../src/cli/run.ts'
import { keySizes } from '../../src/outbound/keys/key-sizes.ts'
import { parseKeySet } from '../../src/outbound/keys/parse-key-set.ts'
import { root, temporaryFolder } from '../support/folder.ts'

async function credentials(...args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const output = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) }
  const code = await run(['credentials', ...args], output)
  return { code, out: out.join(''), err: err.join('') }
}

async function generated(...args: readonly string[]): Promise<JSONWebKeySet> {
  const { code, out, err } = await credentials('generate', ...args)
  assert.equal(code, 0, err)
  return JSON.parse(out) as JSONWebKeySet
}

/** Verifies with the public half of the key only. */
async function verified(token: string, { keys }: JSONWebKeySet) {
  return jwtVerify(token.trim(), async ({ kid = '', alg }) => {
    const key = keys.find(key => key.kid === kid) ?? {}
    const names = ['kty', 'crv', 'n', 'e', 'x', 'y', 'k']
    const half = Object.fromEntries(Object.entries(key).filter(([name]) => names.includes(name)))
    return importJWK(half as unknown as JWK, alg)
  })
}

function fileOf(t: TestContext, text: string): string {
  const file = join(temporaryFolder(t), 'jwks.json')
  writeFileSync(file, text)
  return file
}

for (const alg of keySizes.keys()) {
  test(`${alg}: a generated key signs a token that verifies with it`, async t => {
    const { out } = await credentials('generate', '--alg', alg, '--kid', 'mine')
    const set = JSON.parse(out) as JSONWebKeySet
    const {
      code,
      out: token,
      err,
    } = await credentials(
      'token',
      ...['--jwks', fileOf(t, out), '--subject', 'alice', '--ttl', '5m'],
    )
    assert.equal(code, 0, err)
    const { payload, protectedHeader } = await verified(token, set)
    assert.deepEqual(
      { ...protectedHeader, sub: payload.sub },
      { alg, kid: 'mine', typ: 'JWT', sub: 'alice' },
    )
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 300)
    const known = await parseKeySet(out, () => true)
    assert.deepEqual([[...(known?.keys.keys() ?? [])], known?.skipped], [['mine'], []])
  })
}

test('a key contains its use, id and algorithm; the id is random unless given', async () => {
  const [one] = (await generated('--alg', 'ES256')).keys
  const [other] = (await generated('--alg', 'ES256')).keys
  assert.deepEqual(Object.keys(one ?? {}), ['use', 'kty', 'kid', 'crv', 'alg', 'x', 'y', 'd'])
  assert.match(one?.kid ?? '', /^[0-9a-f-]{36}$/)
  assert.notEqual(one?.kid, other?.kid)
})

test('sizes: the requested one, or a message', async () => {
  const [rsa] = (await generated('--alg', 'RS512', '--bits', '3072')).keys
  assert.equal(Buffer.from(rsa?.n ?? '', 'base64url').length, 384)
  const [shared] = (await generated('--alg', 'HS256', '--bits', '512')).keys
  assert.equal(Buffer.from(shared?.k ?? '', 'base64url').length, 64)
  for (const [alg, bits] of [
    ['RS256', '1024'],
    ['PS256', '16384'],
    ['HS256', '128'],
    ['HS256', '300'],
    ['ES256', '384'],
    ['EdDSA', '255'],
    ['RS256', 'many'],
    ['RS256', '-2048'],
  ] as const) {
    const { code, out, err } = await credentials('generate', '--alg', alg, `--bits=${bits}`)
    assert.deepEqual([code, out], [1, ''], `${alg} ${bits}`)
    assert.match(err, /^--bits: found "/)
  }
  assert.equal((await generated('--alg', 'ES384', '--bits', '384')).keys.length, 1)
})

test('an unknown or missing algorithm', async () => {
  const unknown = await credentials('generate', '--alg', 'none')
  assert.equal(unknown.code, 1)
  assert.match(unknown.err, /^--alg: found "none", expected one of HS256, /)
  assert.equal((await credentials('generate')).code, 2)
})

test('claims: flags win over --claims, which win over the defaults', async t => {
  const file = fileOf(t, JSON.stringify(await generated('--alg', 'ES256')))
  const { out } = await credentials(
    'token',
    ...['--jwks', file, '--subject', 'alicë', '--issuer', 'https://i/'],
    ...['--audience', 'a', '--audience', 'b', '--scope', 'read', '--scope', 'write'],
    ...['--claims', '{"sub":"no","role":"ädmin","nbf":1,"nested":{"a":[1]}}'],
  )
  const { iat, exp, jti, ...rest } = decodeJwt(out.trim())
  assert.deepEqual(rest, {
    iss: 'https://i/',
    sub: 'alicë',
    aud: ['a', 'b'],
    scope: 'read write',
    nbf: 1,
    role: 'ädmin',
    nested: { a: [1] },
  })
  assert.equal((exp ?? 0) - (iat ?? 0), 3600)
  assert.match(jti ?? '', /^[0-9a-f-]{36}$/)
})

test('--kid chooses the key', async t => {
  const sets = [
    await generated('--alg', 'ES256', '--kid', 'one'),
    await generated('--alg', 'RS256', '--kid', 'two'),
  ]
  const set = { keys: sets.flatMap(({ keys }) => keys) }
  const file = fileOf(t, JSON.stringify(set))
  const { out } = await credentials('token', '--jwks', file, '--kid', 'two')
  const { protectedHeader } = await verified(out, set)
  assert.equal(protectedHeader.kid, 'two')
  const { code, err } = await credentials('token', '--jwks', file, '--kid', 'three')
  assert.equal(code, 1)
  assert.match(err, /^--jwks: .*no suitable key/)
})

test('a key set that cannot be used is named', async t => {
  const good = fileOf(t, JSON.stringify(await generated('--alg', 'ES256')))
  for (const [args, message] of [
    [['--jwks', '/nowhere'], /^--jwks: ENOENT/],
    [['--jwks', fileOf(t, 'no json')], /^--jwks: found something that is not a JSON Web Key Set/],
    [['--jwks', good, '--ttl', '1h30m'], /^--ttl: found "1h30m"/],
    [['--jwks', good, '--claims', '[1]'], /^--claims: expected a JSON object/],
    [['--jwks', good, '--claims', '{'], /^--claims: expected a JSON object/],
  ] as const) {
    const { code, out, err } = await credentials('token', ...args)
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, message)
  }
})

test('a key set may come from standard input', async () => {
  const input = JSON.stringify(await generated('--alg', 'EdDSA'))
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, 'dist/main.js'), 'credentials', 'token', '--jwks', '-', '--subject', 'bob'],
    { input, encoding: 'utf8' },
  )
  assert.equal(status, 0)
  assert.equal(decodeJwt(stdout.trim()).sub, 'bob')
})
