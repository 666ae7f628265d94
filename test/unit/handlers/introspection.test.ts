import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { oauth2Introspection } from '../../../src/handlers/authenticators/oauth2-introspection.ts'
import type { Deps, NotResponsible } from '../../../src/handlers/kind.ts'
import type { Failure } from '../../../src/model/failure.ts'
import type { Session } from '../../../src/model/session.ts'
import { createMemoryCache } from '../../../src/outbound/cache.ts'
import { createHttp } from '../../../src/outbound/http.ts'
import { createKeySets } from '../../../src/outbound/key-sets.ts'
import { emptySession } from '../../../src/rules/match-context.ts'
import { testDeps } from '../../support/deps.ts'
import { requestTo } from '../../support/request.ts'
import { stubServer } from '../../support/stub-server.ts'

type Config = Parameters<typeof oauth2Introspection.create>[0]
const now = 1_700_000_000

const good = {
  active: true,
  sub: 'alice',
  scope: 'red.read',
  aud: ['orders-red'],
  roles: ['buyer'],
}

/** An endpoint that answers with `answer`, and asks through a rule whose host gave the tenant. */
async function bench(t: TestContext, answer: object = good) {
  const state = { answer, metadata: {} as object | undefined, forms: [] as string[] }
  const server = await stubServer(t, (request, response) => {
    if (request.url !== '/introspect') {
      if (state.metadata === undefined) response.writeHead(503).end()
      else {
        const { origin } = server
        const own = { issuer: origin, introspection_endpoint: `${origin}/introspect` }
        response.end(JSON.stringify({ ...own, ...state.metadata }))
      }
      return
    }
    request.setEncoding('latin1')
    let form = ''
    request.on('data', part => {
      form += part
    })
    request.on('end', () => {
      state.forms.push(form)
      response.end(JSON.stringify(state.answer))
    })
  })
  const http = createHttp({ timeout: 5000, concurrent: 8, bytes: 20_000 })
  const keySets = createKeySets({
    http,
    now: () => now * 1000,
    ttl: 30_000,
    maxWait: 300,
    after: () => () => undefined,
  })
  t.after(async () => {
    keySets.close()
    await http.close()
  })
  const deps: Deps = {
    ...testDeps,
    http,
    keySets,
    cache: createMemoryCache(100_000),
    now: () => now * 1000,
  }
  const create = (config: Partial<Config>) => {
    const run = oauth2Introspection.create(
      {
        scope_strategy: 'exact',
        required_scope: [],
        target_audience: [],
        trusted_issuers: [],
        preserve_host: false,
        leeway: '0s',
        ...config,
      },
      deps,
    )
    return async (tenant?: string): Promise<string> => {
      const request = requestTo('http://h/', { headers: [['Authorization', 'Bearer x']] })
      const named = new Map(tenant === undefined ? [] : [['tenant', tenant]])
      const session = emptySession({ id: 'r', captures: () => ({ groups: [], named }) }, request)
      return shown(await run(session, request))
    }
  }
  const ask = (config: Partial<Config>, tenant?: string) =>
    create({ introspection_url: `${server.origin}/introspect`, ...config })(tenant)
  const metadataUrl = `${server.origin}/.well-known/oauth-authorization-server`
  return { state, server, ask, create, metadataUrl }
}

function shown(outcome: Session | NotResponsible | Failure): string {
  if (outcome.kind === 'session') return outcome.subject
  if (outcome.kind === 'not_responsible') return outcome.kind
  return `${outcome.code} ${outcome.info.reason ?? outcome.info.message}`
}

test('required claims are members of the answer, also of a cached one', async t => {
  const { ask, state } = await bench(t)
  const cache = { enabled: true, max_cost: 1 }
  const roles = (contains: string) => ({ required_claims: [{ path: 'roles', contains }] })
  assert.equal(await ask({ ...roles('buyer'), cache }), 'alice')
  assert.match(await ask({ ...roles('staff'), cache }), /^forbidden The claim at "roles" is not/)
  assert.equal(await ask({ ...roles('buyer'), cache }), 'alice')
  assert.equal(state.forms.length, 1)
  assert.equal(await ask({ required_claims: [{ path: 'active', equals: true }] }), 'alice')
  assert.match(await ask({ required_claims: [{ path: 'ext.a', present: true }] }), /^forbidden/)
})

for (const [leeway, since, result] of [
  ['0s', 1, /^unauthorized Access token expired/],
  ['5s', 5, /^alice$/],
  ['5s', 6, /^unauthorized Access token expired/],
] as const) {
  test(`a token that expired ${since} s ago, with a leeway of ${leeway}`, async t => {
    const { ask } = await bench(t, { ...good, exp: now - since })
    assert.match(await ask({ leeway }), result)
  })
}

test('audiences and scopes are made of the request', async t => {
  const { ask } = await bench(t)
  const target_audience = ['orders-{{ .MatchContext.Named.tenant }}']
  const required_scope = ['{{ .MatchContext.Named.tenant }}.read']
  assert.equal(await ask({ target_audience, required_scope }, 'red'), 'alice')
  assert.match(await ask({ target_audience }, 'blue'), /^forbidden Token audience is not intended/)
  assert.match(await ask({ required_scope }, 'blue'), /^forbidden Scope blue\.read was not granted/)
  assert.match(await ask({ target_audience }), /^forbidden The request lacks what target_audience/)
  assert.match(await ask({ required_scope }), /^forbidden The request lacks what required_scope/)
  assert.match(await ask({ required_scope }, 'a b'), /^forbidden The request lacks/)
})

test('without a strategy the endpoint receives the scopes that are made of the request', async t => {
  const { ask, state } = await bench(t)
  const config: Partial<Config> = {
    scope_strategy: 'none',
    required_scope: ['{{ .MatchContext.Named.tenant }}.read', 'x'],
    cache: { enabled: true, max_cost: 1 },
  }
  assert.equal(await ask(config, 'red'), 'alice')
  assert.equal(await ask(config, 'blue'), 'alice')
  assert.match(await ask(config), /^forbidden/)
  assert.match(await ask(config, 'a b'), /^forbidden/)
  assert.deepEqual(state.forms, ['scope=red.read+x&token=x', 'scope=blue.read+x&token=x'])
})

test('an issuer may be a pattern', async t => {
  const { ask } = await bench(t, { ...good, iss: 'https://red.test/' })
  assert.equal(await ask({ trusted_issuers: ['https://<[a-z]+>.test/'] }), 'alice')
  assert.match(
    await ask({ trusted_issuers: ['https://<[0-9]+>.test/'] }),
    /^forbidden Token issuer/,
  )
})

test('metadata give the endpoint and the issuer', async t => {
  const { create, state, server, metadataUrl } = await bench(t)
  const ask = create({ metadata_url: metadataUrl })
  assert.equal(await ask(), 'alice', 'the endpoint of the issuer need not repeat it')
  state.answer = { ...good, iss: server.origin }
  assert.equal(await ask(), 'alice')
  state.answer = { ...good, iss: `${server.origin}/` }
  assert.match(await ask(), /^forbidden Token issuer is not that of metadata_url/)
  assert.equal(server.calls.length - state.forms.length, 1)
  const narrowed = create({ metadata_url: metadataUrl, trusted_issuers: ['https://other.test'] })
  state.answer = good
  assert.match(await narrowed(), /^forbidden Token issuer does not match/)
  const trusted = create({ metadata_url: metadataUrl, trusted_issuers: [server.origin] })
  assert.equal(await trusted(), 'alice')
})

for (const [what, metadata] of [
  ['that cannot be read', undefined],
  ['without an endpoint', { introspection_endpoint: undefined }],
  ['with an endpoint that is no URL', { introspection_endpoint: '/introspect' }],
  ['of another issuer', { issuer: 'https://other.test' }],
] as const) {
  test(`metadata ${what}: the request is denied with 500`, async t => {
    const { create, state, metadataUrl } = await bench(t)
    state.metadata = metadata
    assert.match(
      await create({ metadata_url: metadataUrl })(),
      /^internal_server_error The metadata/,
    )
    assert.equal(state.forms.length, 0)
  })
}

for (const [config, problem] of [
  [{ leeway: '6m' }, /^Error: leeway: found "6m", expected at most 5m$/],
  [{ target_audience: ['a', '{{ .Subject }}'] }, /^Error: target_audience\.1: found \.Subject, /],
  [{ required_scope: ['{{ .MatchContext.Nmed.a }}'] }, /^Error: required_scope\.0: .*Named/],
  [{ trusted_issuers: ['<[a-z'] }, /^Error: trusted_issuers\.0: /],
  [{ metadata_url: 'https://a.test/x' }, /^Error: metadata_url: /],
] as const) {
  test(`${JSON.stringify(config)} is a mistake`, async t => {
    const { create } = await bench(t)
    assert.throws(() => create(config as Partial<Config>), problem)
  })
}
