import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type JwtConfig, jwt } from '../../../src/handlers/authenticators/jwt.ts'
import { encodeJson } from '../../../src/lib/json.ts'
import type { Cleanup } from '../../support/cleanup.ts'
import { compileSchema } from '../../support/compile-schema.ts'
import {
  type Ask,
  createAsk,
  createClock,
  createTestKeySets,
  type Outcome,
  shown,
  startOfTest,
} from '../../support/jwt.ts'
import {
  base64url,
  inline,
  keySetOf,
  makeKey,
  makeRawToken,
  makeToken,
  type RawToken,
  sharedKey,
  signText,
} from '../../support/keys.ts'

const keys = Object.fromEntries(
  ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'HS256', 'EdDSA'].map(alg => [
    alg,
    makeKey(alg, `kid-${alg}`),
  ]),
)
const keyFor = (alg: string) => keys[alg] ?? assert.fail(alg)
const rsa = keyFor('RS256')
const stranger = makeKey('RS256', 'kid-RS256')
const everyAlgorithm = ['RS', 'PS', 'ES', 'HS'].flatMap(family =>
  [256, 384, 512].map(bits => `${family}${bits}`),
)

const location = inline(keySetOf(...Object.values(keys)))

type Some = Partial<JwtConfig>
const configOf = (some: Some): JwtConfig => ({
  jwks_urls: [location],
  jwks_ttl: '30s',
  jwks_max_wait: '1s',
  scope_strategy: 'none',
  leeway: '0s',
  ...some,
})

function askOf(t: Cleanup, some: Some = {}): Ask {
  const clock = createClock()
  return createAsk(configOf(some), createTestKeySets(t, clock), clock)
}

const say = async (t: Cleanup, token: string, some: Some = {}) => shown(await askOf(t, some)(token))

const refusedBecause = (answer: string, reason: RegExp) => {
  assert.match(answer, /^unauthorized: /)
  assert.match(answer, reason)
}

test('a valid token becomes a session with its claims and the source of the credential', async t => {
  const token = await makeToken(rsa, { sub: 'alice', scope: 'a b', n: { m: 1 } })
  const outcome = await askOf(t)(token)
  assert.ok(outcome.kind === 'session')
  assert.equal(outcome.subject, 'alice')
  assert.deepEqual(outcome.extra, { sub: 'alice', scp: ['a', 'b'], n: { m: 1 } })
  assert.deepEqual(outcome.credential, { in: 'header', name: 'authorization' })
})

test('the subject is empty when sub is not a string', async t => {
  for (const sub of [7, null, ['alice'], { a: 1 }, undefined]) {
    assert.equal(await say(t, await makeToken(rsa, { sub })), 'session of ')
  }
})

test('strings in claims are byte strings', async t => {
  const outcome = await askOf(t)(await makeToken(rsa, { sub: 'zoë', 名: '\u2028' }))
  assert.ok(outcome.kind === 'session')
  assert.equal(outcome.subject, Buffer.from('zoë').toString('latin1'))
  assert.equal(
    Buffer.from(encodeJson(outcome.extra), 'latin1').toString(),
    '{"scp":[],"sub":"zoë","名":"\\u2028"}',
  )
})

for (const alg of [...everyAlgorithm, 'EdDSA']) {
  const name = alg.startsWith('ES') ? alg : alg.replace(/384|512/, '256')
  const key = keyFor(name)
  const raw = { header: JSON.stringify({ alg, kid: key.kid }), alg }

  test(`${alg} is accepted only if it is allowed`, async t => {
    const token = makeRawToken(key, raw)
    assert.equal(await say(t, token, { allowed_algorithms: [alg] }), 'session of alice')
    const byDefault = await say(t, token, { allowed_algorithms: [] })
    if (alg === 'RS256') assert.equal(byDefault, 'session of alice')
    else refusedBecause(byDefault, /is not allowed/)
    const others = [...everyAlgorithm, 'EdDSA'].filter(other => other !== alg)
    refusedBecause(await say(t, token, { allowed_algorithms: others }), /is not allowed/)
    if (alg !== 'RS256') refusedBecause(await say(t, token), /is not allowed/)
  })

  test(`${alg}: a changed payload or another key is refused`, async t => {
    const [header, , signature] = makeRawToken(key, raw).split('.')
    const forged = `${header}.${base64url('{"sub":"mallory"}')}.${signature}`
    refusedBecause(await say(t, forged, { allowed_algorithms: [alg] }), /signature is invalid/)
    const other = { ...makeKey(key.alg, key.kid), kid: key.kid }
    if (!alg.startsWith('HS')) {
      refusedBecause(
        await say(t, makeRawToken(other, raw), { allowed_algorithms: [alg] }),
        /signature is invalid/,
      )
    }
  })
}

for (const alg of [
  'none',
  'None',
  'nOnE',
  'NONE',
  '',
  'rs256',
  'RS257',
  'A128KW',
  'dir',
  'HS1',
  'Ed25519',
  '__proto__',
  'constructor',
]) {
  test(`the algorithm "${alg}" is refused even if it is configured`, async t => {
    const raw: RawToken = { header: JSON.stringify({ alg, kid: rsa.kid }), alg: 'RS256' }
    const some = { allowed_algorithms: [alg, 'none', 'RS256'] }
    refusedBecause(await say(t, makeRawToken(rsa, raw), some), /\(alg\) is unavailable/)
    const [header, payload] = makeRawToken(rsa, raw).split('.')
    refusedBecause(await say(t, `${header}.${payload}.`, some), /\(alg\) is unavailable/)
  })
}

test('an algorithm that is not a string is refused', async t => {
  for (const alg of [null, 7, ['RS256'], { toString: 'RS256' }]) {
    const raw = { header: JSON.stringify({ alg, kid: rsa.kid }), alg: 'RS256' }
    refusedBecause(await say(t, makeRawToken(rsa, raw)), /\(alg\) is unavailable/)
  }
})

test('a public RSA key in any spelling is not a shared secret', async t => {
  const { createPublicKey, createHmac } = await import('node:crypto')
  const pub = createPublicKey(rsa.privateKey)
  const pem = pub.export({ type: 'spki', format: 'pem' }).toString()
  const secrets = [
    pem,
    ` ${pem}`,
    `\n${pem}`,
    pem.trim(),
    pub.export({ type: 'spki', format: 'der' }),
    pub.export({ type: 'pkcs1', format: 'pem' }),
    JSON.stringify(rsa.jwk),
    rsa.jwk.n ?? '',
    '',
  ]
  const signed = `${base64url(JSON.stringify({ alg: 'HS256', kid: rsa.kid }))}.${base64url('{"sub":"root"}')}`
  for (const secret of secrets) {
    const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
    const some = { allowed_algorithms: ['HS256', 'RS256'] }
    refusedBecause(await say(t, token, some), /signature is invalid/)
  }
})

test('a shared key does not verify tokens of another key type', async t => {
  const shared = sharedKey('HS256', 'kid-HS256', 64)
  const raw = { header: JSON.stringify({ alg: 'ES256', kid: shared.kid }), alg: 'HS256' }
  refusedBecause(
    await say(t, makeRawToken(shared, raw), { allowed_algorithms: ['ES256'] }),
    /signature is invalid/,
  )
})

test('a key of another curve does not verify', async t => {
  const key = keyFor('ES384')
  const raw = { header: JSON.stringify({ alg: 'ES256', kid: key.kid }), alg: 'ES256' }
  refusedBecause(
    await say(t, makeRawToken(key, raw), { allowed_algorithms: ['ES256'] }),
    /signature is invalid/,
  )
})

for (const name of ['jwk', 'jku', 'x5u', 'x5c']) {
  test(`the header ${name} provides no key and makes no call`, async t => {
    const values = {
      jwk: stranger.jwk,
      jku: 'http://127.0.0.1:1/',
      x5u: 'http://127.0.0.1:1/',
      x5c: ['MIIB'],
    }
    const header = { alg: 'RS256', kid: rsa.kid, [name]: values[name as keyof typeof values] }
    const raw = { header: JSON.stringify(header) }
    refusedBecause(await say(t, makeRawToken(stranger, raw)), /signature is invalid/)
    assert.equal(await say(t, makeRawToken(rsa, raw)), 'session of alice')
  })
}

const kids = [
  '../../dev/null',
  "' OR 1=1--",
  'http://evil.test/keys',
  '__proto__',
  'constructor',
  'toString',
  '\0',
  'kid-rs256',
  ' kid-RS256',
  'k'.repeat(1025),
]
for (const kid of [...kids, '', 7, null, true, ['kid-RS256'], { a: 1 }, undefined]) {
  test(`the key id ${JSON.stringify(kid)?.slice(0, 30)} finds no key`, async t => {
    const raw = { header: JSON.stringify({ alg: 'RS256', kid }) }
    refusedBecause(await say(t, makeRawToken(rsa, raw)), /no key has this kid|not a usable key id/)
  })
}

test('a key id as long as a token allows is refused at once', async t => {
  const raw = { header: JSON.stringify({ alg: 'RS256', kid: 'k'.repeat(1_000_000) }) }
  refusedBecause(await say(t, makeRawToken(rsa, raw)), /too long/)
})

const headers: Readonly<Record<string, readonly [header: string, reason: RegExp]>> = {
  'crit with an unknown name': ['{"alg":"RS256","kid":"kid-RS256","crit":["x"],"x":1}', /crit/],
  'an empty crit': ['{"alg":"RS256","kid":"kid-RS256","crit":[]}', /crit/],
  'b64 false': ['{"alg":"RS256","kid":"kid-RS256","b64":false}', /b64/],
  'b64 false and crit': ['{"alg":"RS256","kid":"kid-RS256","b64":false,"crit":["b64"]}', /crit/],
  'alg twice': ['{"alg":"none","alg":"RS256","kid":"kid-RS256"}', /twice/],
  'alg twice, escaped': ['{"\\u0061lg":"none","alg":"RS256","kid":"kid-RS256"}', /twice/],
  'kid twice': ['{"alg":"RS256","kid":"x","kid":"kid-RS256"}', /twice/],
  null: ['null', /not a JSON object/],
  'a list': ['["RS256"]', /not a JSON object/],
  'a text': ['"RS256"', /not a JSON object/],
  'half an object': ['{"alg":"RS256"', /not a JSON object/],
  'two objects': ['{"alg":"RS256","kid":"kid-RS256"}{}', /not a JSON object/],
  'a byte order mark': ['\ufeff{"alg":"RS256","kid":"kid-RS256"}', /not a JSON object/],
  'JWE members': [
    '{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":1000000000,"zip":"DEF"}',
    /unavailable/,
  ],
}
for (const [what, [header, reason]] of Object.entries(headers)) {
  test(`a header with ${what} is refused`, async t => {
    refusedBecause(await say(t, makeRawToken(rsa, { header })), reason)
  })
}

test('a header with a number above a double, or too deep, is refused', async t => {
  for (const x of ['1e309', depth(200), depth(20_000)]) {
    const header = `{"alg":"RS256","kid":"kid-RS256","x":${x}}`
    refusedBecause(await say(t, makeRawToken(rsa, { header })), /header (has|is not)/)
  }
})

test('members inside a header value are not members of the header', async t => {
  const header =
    '{"alg":"RS256","kid":"kid-RS256","x":{"alg":"none","y":"\\"alg\\":1"},"z":[{"alg":1}]}'
  assert.equal(await say(t, makeRawToken(rsa, { header })), 'session of alice')
})

test('typ is not read', async t => {
  for (const typ of ['JWT', 'at+jwt', 'x', 7]) {
    const header = JSON.stringify({ alg: 'RS256', kid: rsa.kid, typ })
    assert.equal(await say(t, makeRawToken(rsa, { header })), 'session of alice')
  }
})

const depth = (n: number) => '['.repeat(n) + ']'.repeat(n)
const payloads: Readonly<Record<string, string>> = {
  null: 'null',
  'a list': '[{"sub":"alice"}]',
  'a text': '"alice"',
  nothing: '',
  'half an object': '{"sub":"alice"',
  'a number above a double in exp': '{"sub":"alice","exp":1e309}',
  'a number above a double anywhere': '{"sub":"alice","a":[{"b":-1e309}]}',
  'a number of 400 digits': `{"sub":"alice","a":${'9'.repeat(400)}}`,
  'a depth of 200': `{"sub":"alice","a":${depth(200)}}`,
  'a depth of 20000': `{"sub":"alice","a":${depth(20_000)}}`,
  'a depth of 20000 and escapes': `{"sub":"\\u0061lice","a":${depth(20_000)}}`,
}
for (const [what, payload] of Object.entries(payloads)) {
  test(`a payload that is or has ${what} is refused, without claims in the details`, async t => {
    const outcome = await askOf(t)(makeRawToken(rsa, { payload }))
    assert.ok(outcome.kind === 'failure')
    assert.match(outcome.info.reason ?? '', /^token is malformed: claims/)
    assert.deepEqual(outcome.info.details, { jwt_claims: '{}' })
  })
}

test('the last of two equal claims is used', async t => {
  const payload = '{"sub":"alice","exp":1,"sub":"bob","exp":4085510400}'
  assert.equal(await say(t, makeRawToken(rsa, { payload })), 'session of bob')
})

test('claims with names of Object.prototype are ordinary claims', async t => {
  const payload =
    '{"sub":"alice","__proto__":{"sub":"root"},"constructor":1,"toString":2,"hasOwnProperty":3}'
  const outcome = await askOf(t, { required_scope: ['a'], scope_strategy: 'exact' })(
    makeRawToken(rsa, { payload }),
  )
  assert.ok(outcome.kind === 'failure')
  assert.equal(
    outcome.info.details?.['jwt_claims'],
    '{"__proto__":{"sub":"root"},"constructor":1,"hasOwnProperty":3,"sub":"alice","toString":2}',
  )
  const allowed = await askOf(t)(makeRawToken(rsa, { payload }))
  assert.ok(allowed.kind === 'session')
  assert.equal(Object.getPrototypeOf(allowed.extra), Object.prototype)
})

const good = makeRawToken(rsa)
const [head = '', body = '', tail = ''] = good.split('.')
const spellings: Readonly<Record<string, string>> = {
  'a padded header': `${base64url('{"alg":"RS256","kid":"kid-RS256"} ').padEnd(48, '=')}.${body}.${tail}`,
  'a padded payload': `${head}.${body}=.${tail}`,
  'a padded signature': `${head}.${body}.${tail}==`,
  'a space in the header': `${head} .${body}.${tail}`,
  'a space in the payload': `${head}. ${body}.${tail}`,
  'a line end in the signature': `${head}.${body}.${tail}\n`,
  'a tab in the signature': `${head}.${body}.\t${tail}`,
  'the other base64 alphabet': `${head}.${body}.${'+/'}${tail.slice(2)}`,
  'a NUL byte': `${head}.${body}.${tail}\0`,
  'a byte above ASCII': `${head}.${body}.${tail.slice(1)}\xff`,
  'a signature of an impossible length': `${head}.${body}.${tail}AAA`,
  'non-zero bits after the last byte': `${head}.${body}.${tail.slice(0, -1)}${nextOf(tail.slice(-1))}`,
}
/** The same bytes with another last character. */
function nextOf(last: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(last) + 1] ?? ''
}
for (const [what, token] of Object.entries(spellings)) {
  test(`a token with ${what} is refused`, async t => {
    assert.equal(await say(t, good), 'session of alice')
    refusedBecause(await say(t, token), /is not base64url without padding|too long/)
  })
}

for (const token of [
  '',
  'opaque',
  'a.b',
  'a.b.c.d',
  `${good}.`,
  `.${good}`,
  `${good}.x.y`,
  '.'.repeat(1_000_000),
]) {
  test(`"${token.slice(0, 10)}" (${token.length}) is left to other authenticators`, async t => {
    assert.equal(await say(t, token), 'not_responsible')
  })
}

test('three empty parts are a token that is not valid', async t => {
  const outcome = await askOf(t)('..')
  assert.ok(outcome.kind === 'failure')
  assert.equal(outcome.info.details, undefined)
})

test('a token above 64 KiB is refused without reading it', async t => {
  const outcome = await askOf(t)(await makeToken(rsa, { a: 'a'.repeat(50_000) }))
  assert.ok(outcome.kind === 'failure')
  assert.deepEqual(
    [outcome.info.reason, outcome.info.details],
    ['token is malformed: too long', undefined],
  )
})

test('signatures without bytes or of a wrong length are refused', async t => {
  for (const length of [0, 1, 63, 64, 65, 96, 132, 255, 256, 257, 1024]) {
    for (const alg of ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'HS256', 'EdDSA']) {
      const signed = `${base64url(JSON.stringify({ alg, kid: `kid-${alg}` }))}.${body}`
      for (const fill of [0, 255]) {
        const token = `${signed}.${base64url(Buffer.alloc(length, fill))}`
        refusedBecause(await say(t, token, { allowed_algorithms: [alg] }), /signature is invalid/)
      }
    }
  }
})

test('an ES256 signature with r or s out of range, or in DER, is refused', async t => {
  const key = keyFor('ES256')
  const { sign } = await import('node:crypto')
  const signed = `${base64url(JSON.stringify({ alg: 'ES256', kid: key.kid }))}.${body}`
  const order = Buffer.from(
    'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
    'hex',
  )
  const right = signText(key, signed, 'ES256')
  const der = sign('sha256', Buffer.from(signed), key.privateKey)
  const signatures = [
    Buffer.concat([order, order]),
    Buffer.concat([right.subarray(0, 32), order]),
    Buffer.concat([order, right.subarray(32)]),
    der,
    Buffer.concat([right, Buffer.alloc(1)]),
  ]
  const some = { allowed_algorithms: ['ES256'] }
  assert.equal(await say(t, `${signed}.${base64url(right)}`, some), 'session of alice')
  for (const signature of signatures) {
    refusedBecause(await say(t, `${signed}.${base64url(signature)}`, some), /signature is invalid/)
  }
})

test('two keys with one id are each tried, and the signature must fit one of them', async t => {
  const [a, b, c] = [makeKey('RS256', 'k'), makeKey('RS256', 'k'), makeKey('RS256', 'k')]
  const some = { jwks_urls: [inline(keySetOf(a, b))] }
  assert.equal(await say(t, makeRawToken(a), some), 'session of alice')
  assert.equal(await say(t, makeRawToken(b), some), 'session of alice')
  refusedBecause(await say(t, makeRawToken(c), some), /signature is invalid/)
})

test('one key id at two issuers works, whichever set was fetched first', async t => {
  const [a, b] = [makeKey('RS256', 'k'), makeKey('RS256', 'k')]
  const clock = createClock()
  const keySets = createTestKeySets(t, clock)
  const [setA, setB] = [inline(keySetOf(a)), inline(keySetOf(b))]
  const onlyB = createAsk(configOf({ jwks_urls: [setB] }), keySets, clock)
  const both = createAsk(configOf({ jwks_urls: [setA, setB] }), keySets, clock)
  assert.equal(shown(await onlyB(makeRawToken(b))), 'session of alice')
  assert.equal(shown(await both(makeRawToken(a))), 'session of alice')
})

test('the issuer is not bound to a key: any key of the sets may sign for any trusted one', async t => {
  const [a, b] = [makeKey('RS256', 'a'), makeKey('RS256', 'b')]
  const some = {
    jwks_urls: [inline(keySetOf(a)), inline(keySetOf(b))],
    trusted_issuers: ['A', 'B'],
  }
  const token = await makeToken(a, { sub: 'alice', iss: 'B' })
  assert.equal(await say(t, token, some), 'session of alice')
})

test('without key sets every token is refused', async t => {
  refusedBecause(await say(t, good, { jwks_urls: [] }), /no key has this kid/)
})

test('a failure never holds a stack, a path or the token', async t => {
  const outcome: Outcome = await askOf(t)(await makeToken(stranger, { sub: 'alice' }))
  assert.ok(outcome.kind === 'failure')
  const text = JSON.stringify(outcome)
  assert.doesNotMatch(text, /node:|\.ts|\/home|at /)
  assert.ok(!text.includes(base64url('{"sub":"alice"}')))
})

test('the claims of a refused token are compact JSON with sorted keys and escaped markup', async t => {
  const outcome = await askOf(t)(
    await makeToken(stranger, { sub: '<b>', exp: startOfTest, a: 1e21 }),
  )
  assert.ok(outcome.kind === 'failure')
  assert.equal(
    outcome.info.details?.['jwt_claims'],
    `{"a":1e+21,"exp":${startOfTest},"sub":"\\u003cb\\u003e"}`,
  )
})

const validate = compileSchema(jwt.schema)

test('the schema requires jwks_urls and knows every other key', () => {
  assert.deepEqual(validate(configOf({})), [])
  assert.deepEqual(validate({ jwks_urls: [], token_from: null }), [])
  for (const bad of [
    {},
    { jwks_urls: ['keys.json'] },
    { jwks_urls: 'http://a.test' },
    configOf({ scope_strategy: 'Exact' as 'exact' }),
    { jwks_urls: [], leeway: 1 },
  ]) {
    assert.notDeepEqual(validate(bad), [])
  }
})
