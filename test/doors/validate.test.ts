/** `validate` reports everything that would make a start fail, all at once. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import { createAuthority } from '../support/certificates.ts'
import { eventually, untilReady } from '../support/child.ts'
import { temporaryFolder } from '../support/folder.ts'
import { launchOarlock, type Oarlock, startOarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

const authority = createAuthority()
const [one, other] = [authority.issue('one'), authority.issue('other')]

const rule = (handlers: object = {}) => ({
  id: 'a',
  match: { url: 'http://a.test/<.*>', methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
  ...handlers,
})

const base = {
  authenticators: { anonymous: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true } },
}

interface Checked {
  readonly code: number
  readonly err: string
}

async function check(t: TestContext, config: object, rules: object[] = [rule()]): Promise<Checked> {
  const folder = temporaryFolder(t)
  const file = (name: string): string => join(folder, name)
  writeFileSync(file('rules.json'), JSON.stringify(rules))
  const repositories = [`file://${file('rules.json')}`]
  writeFileSync(
    file('oarlock.yaml'),
    stringify({ ...base, access_rules: { repositories }, ...config }),
  )
  const lines: string[] = []
  const output = { out: () => undefined, err: (text: string) => lines.push(text) }
  const code = await run(['validate', '-c', file('oarlock.yaml')], output)
  return { code, err: lines.join('') }
}

interface Pems {
  readonly key: string
  readonly cert: string
}

const inline = ({ key, cert }: Pems) => ({
  key: { base64: Buffer.from(key).toString('base64') },
  cert: { base64: Buffer.from(cert).toString('base64') },
})

const base64 = (text: string) => ({ base64: Buffer.from(text).toString('base64') })

const garbage = '-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n'

/** A problem, and the message about it. Each makes the start fail, too. */
const problems: Readonly<Record<string, readonly [config: object, expected: RegExp]>> = {
  'a missing TLS key': [
    { serve: { api: { tls: { ...inline(one), key: { path: '/no/key.pem' } } } } },
    /serve\.api\.tls\.key\.path: ENOENT/,
  ],
  'a certificate of another key': [
    { serve: { proxy: { tls: inline({ ...one, cert: other.cert }) } } },
    /serve\.proxy\.tls: .*(mismatch|values)/,
  ],
  'a key that is not PEM': [
    { serve: { grpc: { tls: { ...inline(one), key: base64('x') } } } },
    /serve\.grpc\.tls\.key: found no PEM text/,
  ],
  'a client authority that cannot be read': [
    { serve: { api: { tls: { ...inline(one), client_ca: base64(garbage) } } } },
    /serve\.api\.tls\.client_ca: found a certificate that cannot be read/,
  ],
  'a client authority without a certificate': [
    { serve: { api: { tls: { ...inline(one), client_ca: base64('-----BEGIN garbage-----') } } } },
    /serve\.api\.tls\.client_ca: found no certificate/,
  ],
  'a missing bundle for outbound calls': [
    { outbound: { tls: { ca: { path: '/no/ca.pem' } } } },
    /outbound\.tls\.ca\.path: ENOENT/,
  ],
  'a bundle for outbound calls that cannot be read': [
    { outbound: { tls: { ca: base64(garbage) } } },
    /outbound\.tls\.ca: found a certificate that cannot be read/,
  ],
  'a client certificate of another key': [
    { outbound: { tls: inline({ ...one, cert: other.cert }) } },
    /outbound\.tls: /,
  ],
  'a trace address that is not valid': [
    { tracing: { provider: 'otel', providers: { otlp: { server_url: 'a:99999' } } } },
    /tracing\.providers\.otlp\.server_url: /,
  ],
  'a decision log in a folder that does not exist': [
    { log: { decisions: { enabled: true, file: '/no/such/folder/log' } } },
    /log\.decisions\.file: ENOENT/,
  ],
  'an optional package that is not installed, or a bucket that cannot be read': [
    { access_rules: { repositories: ['s3://bucket/key?nonsense=1'] } },
    /s3:\/\/bucket\/key.*nonsense/,
  ],
}

for (const [what, [config, expected]] of Object.entries(problems)) {
  test(`validate reports what would make a start fail: ${what}`, async t => {
    const { code, err } = await check(t, config)
    assert.match(err, new RegExp(`error: .*${expected.source}`))
    assert.equal(code, 3)
    const rules = 'access_rules' in config ? {} : { rules: [rule()] }
    const oarlock = await launchOarlock(t, { config: { ...base, ...config }, ...rules })
    assert.equal(await oarlock.exitCode, 1)
    assert.match(oarlock.log().replaceAll('\\"', '"'), expected)
  })
}

for (const [what, config, expected] of [
  [
    'the folder of a socket is missing',
    { api: { socket: '/no/such/folder/api.sock' } },
    /serve\.api\.socket \/no\/such\/folder\/api\.sock: ENOENT/,
  ],
  [
    'a socket with a long name',
    { grpc: { socket: `/tmp/${'a'.repeat(150)}` } },
    /serve\.grpc\.socket: found a path of 155 bytes, expected at most 107/,
  ],
  [
    'a host name that does not resolve',
    { api: { host: 'host.invalid' } },
    /serve\.api\.host host\.invalid: /,
  ],
] as const) {
  test(`validate reports an address on which the server cannot listen: ${what}`, async t => {
    const { code, err } = await check(t, { serve: config })
    assert.match(err, expected)
    assert.equal(code, 3)
  })
}

test('validate reports all problems at once, including those of rules', async t => {
  const { code, err } = await check(
    t,
    {
      serve: {
        api: { tls: { ...inline(one), key: { path: '/no/key.pem' } } },
        proxy: { tls: { ...inline(one), cert: { path: '/no/cert.pem' } } },
      },
      log: { decisions: { enabled: true, file: '/no/such/log' } },
    },
    [rule({ authorizer: { handler: 'magic' } })],
  )
  assert.equal(code, 3)
  for (const expected of [
    /error: serve\.api\.tls\.key\.path/,
    /error: serve\.proxy\.tls\.cert\.path/,
    /error: log\.decisions\.file/,
    /error: rule "a": authorizer "magic"/,
  ])
    assert.match(err, expected)
})

test('validate writes nothing, and reports a regular file at the path of a socket', async t => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'decisions.log')
  const fine = await check(t, { log: { decisions: { enabled: true, file } } })
  assert.equal(fine.code, 0, fine.err)
  assert.equal(existsSync(file), false)
  writeFileSync(join(folder, 'file'), '')
  const used = await check(t, { serve: { api: { socket: join(folder, 'file') } } })
  assert.match(used.err, /serve\.api\.socket \S+: found a file that is not a socket/)
  mkdirSync(join(folder, 'logs'))
  const wrong = join(folder, 'logs')
  const isFolder = await check(t, { log: { decisions: { enabled: true, file: wrong } } })
  assert.match(isFolder.err, /log\.decisions\.file: EISDIR/)
})

test('validate ignores the settings of a closed door', async t => {
  const tls = { key: { path: '/no/key' }, cert: { path: '/no/cert' } }
  const { code, err } = await check(t, {
    serve: { proxy: { enabled: false, tls }, grpc: { enabled: false, tls } },
  })
  assert.equal(code, 0, err)
})

test('validate warns about expired certificates, and about local key sets that cannot be used', async t => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'text'), 'not a key set')
  const ended = createAuthority('ended', { days: -1 }).issue('ended')
  const { code, err } = await check(
    t,
    {
      serve: { api: { tls: inline(ended) } },
      authenticators: {
        jwt: {
          enabled: true,
          config: { jwks_urls: [`file://${folder}/missing`, `file://${folder}/text`] },
        },
      },
      mutators: {
        id_token: { enabled: true, config: { issuer_url: 'http://i', jwks_url: 'inline://e30=' } },
      },
    },
    [rule({ authenticators: [{ handler: 'jwt' }], mutators: [{ handler: 'id_token' }] })],
  )
  for (const expected of [
    /warning: serve\.api\.tls\.cert: found a certificate that ended \d{4}-/,
    /warning: key set file:\S+missing: ENOENT/,
    /warning: key set file:\S+text: found something that is not a JSON Web Key Set/,
    /warning: key set inline:: found something that is not a JSON Web Key Set/,
  ])
    assert.match(err, expected)
  assert.equal(code, 0, err)
})

test('validate names rules that repeat others with their files; the server starts with them, and logs which rules match', async t => {
  const folder = temporaryFolder(t)
  const files = ['one.json', 'two.json'].map(name => join(folder, name))
  for (const file of files) writeFileSync(file, JSON.stringify([rule()]))
  const repositories = files.map(file => `file://${file}`)
  const log = { level: 'debug' }
  const { code, err } = await check(t, { access_rules: { repositories } })
  assert.equal(code, 3)
  assert.match(
    err,
    /error: the id "a" is used twice: in file:\S+one\.json, and in file:\S+two\.json/,
  )
  assert.match(
    err,
    /error: rules "a" \(file:\S+one\.json\) and "a" \(file:\S+two\.json\) match the same GET/,
  )
  const oarlock = await startOarlock(t, {
    config: { ...base, log, access_rules: { repositories } },
  })
  const request = { target: '/decisions/x/y?token=secret', host: 'a.test' }
  assert.equal((await ask(oarlock.api, request)).status, 500)
  assert.equal((await ask(oarlock.api, { ...request, host: 'none.test' })).status, 404)
  const lines = await eventually(() => {
    const found = oarlock
      .log()
      .split('\n')
      .filter(line => line.includes('request denied'))
    return found.length === 2 ? found : undefined
  }, 'both denials are in the log')
  assert.match(lines[0] ?? '', /level=error .*http_method=GET http_url=\S*http:\/\/a\.test\/x\/y/)
  assert.match(lines[0] ?? '', /these rules match: \\"a\\", \\"a\\"/)
  assert.match(lines[1] ?? '', /level=debug .*http_url=\S*http:\/\/none\.test\/x\/y/)
  assert.doesNotMatch(oarlock.log(), /secret/)
})

test('a log with sensitive values contains the query of a denied request', async t => {
  const config = { ...base, log: { leak_sensitive_values: true, level: 'debug' } }
  const oarlock = await startOarlock(t, { config, rules: [rule()] })
  await ask(oarlock.api, { target: '/decisions/x?q=shown', host: 'none.test' })
  await eventually(
    () => /http:\/\/none\.test\/x\?q=shown/.test(oarlock.log()) || undefined,
    'the query',
  )
})

/** The API port answers before the others are open; until then the reason is another one. */
async function untilNotReady(oarlock: Oarlock, reason: RegExp): Promise<void> {
  await untilReady(oarlock, `http://127.0.0.1:${oarlock.api}/health/alive`)
  await until(async () => {
    const ready = await ask(oarlock.api, { target: '/health/ready' })
    assert.equal(ready.status, 503)
    return reason.test(ready.text)
  }, `readiness reports ${reason}`)
}

const broken = { ...rule(), match: { url: 'http://a.test/<**>', methods: ['GET'] } }

test('a rule whose pattern is a glob is listed with its problem, and readiness reports that no rule compiled', async t => {
  const bad = { ...rule({ authorizer: { handler: 'magic' } }), id: 'b' }
  const oarlock = await launchOarlock(t, { config: base, rules: [broken, bad] })
  await untilNotReady(oarlock, /no rule could be compiled: 2 of 2 rules are broken/)
  const listed = JSON.parse((await ask(oarlock.api, { target: '/rules' })).text)
  assert.deepEqual(
    listed.map(({ id }: { id: string }) => id),
    ['a'],
  )
  assert.match(listed[0].problem, /<\*\*> is a glob: set access_rules\.matching_strategy/)
  const one = await ask(oarlock.api, { target: '/rules/a' })
  assert.equal(one.status, 200)
  assert.match(one.text, /"problem":/)
  assert.equal((await ask(oarlock.api, { target: '/rules/b' })).status, 404)
})

test('readiness reports that there is no rule', async t => {
  const oarlock = await launchOarlock(t, { config: base, rules: [] })
  await untilNotReady(oarlock, /no rule is loaded/)
})

test('if a query of /rules names a number twice, the first is used', async t => {
  const rules = ['a', 'b', 'c', 'd'].map(id => ({
    ...rule(),
    id,
    match: { url: `http://${id}.test/`, methods: ['GET'] },
  }))
  const oarlock = await startOarlock(t, { config: base, rules })
  for (const [query, expected] of [
    ['limit=3&limit=4', ['a', 'b', 'c']],
    ['limit=1&limit=x', ['a']],
    ['limit=x&limit=1', ['a', 'b', 'c', 'd']],
    ['offset=1&offset=3', ['b', 'c', 'd']],
    ['limit=2&offset=3&offset=0', ['d']],
  ] as const) {
    const { text } = await ask(oarlock.api, { target: `/rules?${query}` })
    assert.deepEqual(
      JSON.parse(text).map(({ id }: { id: string }) => id),
      expected,
      query,
    )
  }
})

test('mistakes of mutators and of bearer_challenge are named with their rule and key', async t => {
  const enabled = { enabled: true }
  const config = {
    mutators: {
      header: { enabled: true, config: { headers: {} } },
      query: enabled,
      remove: enabled,
      response_cookie: enabled,
      response_header: enabled,
    },
    errors: { handlers: { bearer_challenge: enabled } },
    resources: [{ resource: 'https://a.test/mcp' }],
  }
  const mutator = (handler: string, own: object) => ({ mutators: [{ handler, config: own }] })
  const cases: readonly (readonly [object, RegExp])[] = [
    [mutator('response_header', {}), /response_header": config\.headers: found nothing/],
    [
      mutator('response_header', { headers: { 'Set-Cookie': 'a' } }),
      /mutator "response_header": headers: found "Set-Cookie", expected another header: response_cookie sets cookies/,
    ],
    [
      mutator('response_cookie', { cookies: { a: { value: '', sam_site: 'Lax' } } }),
      /config\.cookies\.a\.sam_site: found an unknown key, expected no such key; did you mean "same_site"/,
    ],
    [
      mutator('response_cookie', { cookies: { a: { value: '', same_site: 'lax' } } }),
      /config\.cookies\.a\.same_site: found "lax" \(string\), expected one of "Strict", "Lax", "None"/,
    ],
    [mutator('query', { removes: ['a'] }), /config\.removes: .*did you mean "remove"/],
    [mutator('query', {}), /mutator "query": found neither set nor remove/],
    [mutator('remove', { headers: ['Host'] }), /mutator "remove": headers: found "Host"/],
    [
      {
        mutators: [
          { handler: 'header', config: { headers: { 'X-A': 'a' } } },
          { handler: 'response_header', config: { headers: { 'x-a': 'b' } } },
        ],
      },
      /mutators: found X-A as a header for the upstream and for the client/,
    ],
    [
      {
        mutators: [{ handler: 'remove', config: { headers: ['X-A'] } }],
        errors: [{ handler: 'bearer_challenge', config: { resource: 'https://a.test/mpc' } }],
      },
      /error "bearer_challenge": resource: found "https:\/\/a\.test\/mpc", expected one of resources; did you mean "https:\/\/a\.test\/mcp"/,
    ],
  ]
  for (const [parts, expected] of cases) {
    const { code, err } = await check(t, config, [rule(parts)])
    assert.notEqual(code, 0, err)
    assert.match(err, expected)
  }
})
