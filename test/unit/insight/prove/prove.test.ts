/** Claims about chosen and about random rules, compared with what the engine decides. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide } from '../../../../src/engine/decide.ts'
import { requestOf } from '../../../../src/insight/patterns/request.ts'
import { type RegionClaim, readClaims } from '../../../../src/insight/prove/claims.ts'
import { createProver, type Proof, proveRegion } from '../../../../src/insight/prove/prove.ts'
import type { OpenedRules } from '../../../../src/insight/rule-sets/open.ts'
import type { JsonObject } from '../../../../src/lib/json.ts'
import type { AccessRequest } from '../../../../src/model/request.ts'
import { urlText } from '../../../../src/rules/match-context.ts'
import { compileParts } from '../../../../src/rules/matching/parts.ts'
import { isProblem } from '../../../../src/rules/matching/problem.ts'
import { type MatchText, openedOf, rulesFrom } from '../../../support/compared-rules.ts'
import { lookMatches, plainMatches, randomRequest } from '../../../support/random-rules.ts'

function claimOf(written: JsonObject): RegionClaim {
  const { claims, problems } = readClaims({ claims: [{ name: 'c', ...written }] })
  assert.deepEqual(problems, [])
  const [claim] = claims
  assert.ok(claim?.kind === 'never' || claim?.kind === 'always')
  return claim
}

async function prove(rules: readonly MatchText[], claim: JsonObject): Promise<Proof> {
  return proveRegion(claimOf(claim), createProver(await openedOf(rulesFrom(rules))))
}

const by = (...names: readonly string[]) => ({
  authenticators: names.map(handler => ({ handler })),
})
const noop = by('noop')
const admin = { host: 'h', path: '/admin/{rest...}', authenticators: ['anonymous', 'noop'] }

test('a hole is found, and named with a request', async () => {
  const wide = { match: { url: 'https://h/<.*>', methods: ['GET'] }, ...noop }
  assert.deepEqual(await prove([wide], { never: admin }), {
    claim: 'c',
    result: 'refuted',
    reason: 'rule "r0" may let it in by noop',
    witness: { method: 'GET', url: 'https://h/admin' },
  })
  const elsewhere = { match: { url: 'https://h/public/<.*>', methods: ['GET'] }, ...noop }
  assert.equal((await prove([elsewhere], { never: admin })).result, 'proven')
})

test('where two rules match nobody gets in; a part that one of them leaves is a hole', async () => {
  const wide = { match: { url: 'https://h/<.*>', methods: ['GET', 'POST'] }, ...noop }
  const closed = (url: string, methods: readonly string[]) => ({
    match: { url, methods },
    ...by('unauthorized'),
  })
  const all = closed('https://h/admin<(/.*)?>', ['GET', 'POST'])
  assert.equal((await prove([wide, all], { never: admin })).result, 'proven')
  const hole = await prove([wide, closed('https://h/admin/<.*>', ['GET', 'POST'])], {
    never: admin,
  })
  assert.equal(hole.witness?.url, 'https://h/admin')
  const method = await prove([wide, closed('https://h/admin<(/.*)?>', ['GET'])], { never: admin })
  assert.equal(method.witness?.method, 'POST')
})

test('conditions leave holes, too', async () => {
  const wide = { match: { hosts: ['h'] }, ...noop }
  const red = { match: { hosts: ['h'], headers: { 'X-T': 'red' } }, ...by('unauthorized') }
  const other = { match: { hosts: ['h'], headers: { 'X-T': null } }, ...by('unauthorized') }
  const { witness } = await prove([wide, red, other], { never: { host: 'h' } })
  assert.equal(witness?.headers?.[0]?.[0], 'X-T')
  assert.notEqual(witness?.headers?.[0]?.[1], 'red')
})

test('default rules let in only what no other rule matches', async () => {
  const fallback = { match: { hosts: ['h'], default: true }, ...noop }
  const closed = { match: { hosts: ['h'], paths: ['/admin/{r...}'] }, ...by('unauthorized') }
  assert.equal((await prove([fallback, closed], { never: admin })).result, 'proven')
  assert.equal((await prove([fallback], { never: admin })).result, 'refuted')
})

test('an authenticator behind one that answers for all is never asked', async () => {
  const match = { hosts: ['h'] }
  const never = { authenticators: ['anonymous'] }
  const first = { match, ...by('unauthorized', 'anonymous') }
  assert.equal((await prove([first], { never })).result, 'proven')
  assert.equal((await prove([{ match, ...by('anonymous', 'noop') }], { never })).result, 'refuted')
  const withCredential = { hosts: ['h'], headers: { Authorization: 'Bearer <.+>' } }
  assert.equal(
    (await prove([{ match: withCredential, ...by('anonymous') }], { never })).result,
    'proven',
  )
})

test('always: an authorizer that may be skipped does not count', async () => {
  const match = { hosts: ['h'] }
  const always = { host: 'h', authorizers: ['cel'] }
  const cel = { handler: 'cel', config: { expression: 'true' } }
  const results = async (...authorizers: readonly object[]) =>
    (await prove([{ match, authorizer: undefined, authorizers }], { always })).result
  assert.equal(await results(cel), 'proven')
  assert.equal(await results(cel, { handler: 'allow' }), 'proven')
  assert.equal(await results({ ...cel, when: 'true' }), 'proven')
  assert.equal(await results({ ...cel, when: 'true' }, { handler: 'allow' }), 'refuted')
  assert.equal(await results({ any: [cel, { handler: 'deny' }] }), 'proven')
  assert.equal(await results({ any: [cel, { handler: 'allow' }] }), 'refuted')
  assert.equal(await results({ handler: 'allow' }), 'refuted')
  assert.equal(await results({ handler: 'deny' }), 'proven')
})

test('a lookahead is undecided, unless a request shows the hole', async () => {
  const wide = { match: { url: 'https://h/<(?!admin(?:/|$)).*>', methods: ['GET'] }, ...noop }
  const proof = await prove([wide], { never: admin })
  assert.equal(proof.result, 'undecided')
  assert.match(proof.reason ?? '', /rule "r0": a pattern has a lookahead/)
  const hole = { match: { url: 'https://h/<(?!admin/a$).*>', methods: ['GET'] }, ...noop }
  assert.equal((await prove([hole], { never: admin })).result, 'refuted')
  const other = { match: { url: 'https://other/<(?!a).*>', methods: ['GET'] }, ...noop }
  assert.equal((await prove([other], { never: admin })).result, 'proven')
})

const authentication = fc.constantFrom(
  by('noop'),
  by('anonymous'),
  by('unauthorized'),
  by('anonymous', 'noop'),
)
const authorizer = fc.constantFrom(
  {},
  {},
  { authorizer: { handler: 'deny' } },
  { authorizer: { handler: 'cel', config: { expression: 'true' } } },
)

const region = {
  host: fc.option(fc.constantFrom('h', '*.h', 'a.h', 'h:80'), { nil: undefined }),
  path: fc.option(fc.constantFrom('/a', '/{x}', '/a/{rest...}', '/*/b', '/**'), { nil: undefined }),
  methods: fc.option(fc.constantFrom(['GET'], ['POST', 'PUT']), { nil: undefined }),
}
const names = fc.subarray(['anonymous', 'noop'], { minLength: 1 })
const claims: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ ...region, authenticators: names }).map(never => ({ never }) as never),
  fc.record({ ...region, authenticators: names }).map(always => ({ always }) as never),
  fc.record(region).map(never => ({ never }) as never),
  fc.record({ ...region, authorizers: fc.constant(['cel']) }).map(always => ({ always }) as never),
)

/** Whether the request is one that the claim is about, by the patterns of rules. */
function isIn({ hosts, paths, methods }: RegionClaim, request: AccessRequest): boolean {
  const patterns = compileParts({
    schemes: ['http', 'https'],
    hosts,
    paths: paths?.map(path => path.replace('/**', '/{rest...}')) ?? null,
  })
  assert.ok(!isProblem(patterns))
  const isMethod = methods === null || methods.includes(request.method)
  return isMethod && patterns.some(pattern => pattern.test(urlText(request.scheme, request)))
}

/** Whether the engine lets the request in, against the claim. */
async function contradicts(
  claim: RegionClaim,
  opened: OpenedRules,
  request: AccessRequest,
): Promise<boolean> {
  if (!isIn(claim, request)) return false
  const decision = await decide(opened.engine, request)
  if (decision.kind === 'deny') return false
  const rule = opened.engine.definitions.find(({ id }) => id === decision.rule)
  const handlers = rule?.authenticators?.map(({ handler }) => handler) ?? []
  const isListed = claim.authenticators?.includes(usedOf(handlers, request)) ?? true
  const isAuthorized = claim.authorizers?.includes(rule?.authorizer.handler ?? '') ?? true
  return claim.kind === 'never' ? isListed : !(isListed && isAuthorized)
}

/** The authenticator that let the request in. */
function usedOf(
  [first = '', second = first]: readonly string[],
  { headers }: AccessRequest,
): string {
  return first === 'anonymous' && headers.first('authorization') ? second : first
}

const check = (matches: typeof plainMatches, runs: number) =>
  fc.assert(
    fc.asyncProperty(
      fc.record({
        list: matches,
        handlers: fc.array(fc.tuple(authentication, authorizer), { minLength: 5, maxLength: 5 }),
        written: claims,
        requests: fc.array(randomRequest, { minLength: 50, maxLength: 50 }),
      }),
      async ({ list, handlers, written, requests }) => {
        const rules = list.map((match, i) => ({ match, ...handlers[i]?.[0], ...handlers[i]?.[1] }))
        const opened = await openedOf(rulesFrom(rules))
        const claim = claimOf(written)
        const proof = proveRegion(claim, createProver(opened))
        if (proof.result !== 'proven') return
        for (const random of requests) {
          const headers = random.query === 'r=1' ? [['Authorization', 'x'] as const] : []
          const witness = { ...random, headers: [...random.headers, ...headers] }
          const request = requestOf({ ...witness, context: undefined, isCall: false }, opened.paths)
          const isWrong = request !== undefined && (await contradicts(claim, opened, request))
          assert.ok(!isWrong, JSON.stringify({ random, claim, list }))
        }
      },
    ),
    { numRuns: runs, seed: 5 },
  )

test('what is proven about random rules is contradicted by no random request', () =>
  check(plainMatches, 300))

test('the same with lookarounds and back references', () => check(lookMatches, 200))

test('a planted hole is found, with a request that the engine lets in', () =>
  fc.assert(
    fc.asyncProperty(plainMatches, randomRequest, async (list, random) => {
      const request = requestOf(
        { ...random, context: undefined, isCall: false },
        {
          ...(await openedOf(rulesFrom([]))).paths,
        },
      )
      if (request === undefined) return
      const closed = list.map(match => ({ match, ...by('unauthorized') }))
      const { host, path } = request
      const url = `https://${host}${path}`.replace(/[<>]/g, '')
      const open = { match: { url, methods: ['PATCH'] }, ...noop }
      const opened = await openedOf(rulesFrom([...closed, open]))
      const proof = proveRegion(
        claimOf({ never: { authenticators: ['noop'] } }),
        createProver(opened),
      )
      const isCovered = closed.some(
        ({ match }) => match['methods'] === undefined && match['default'] !== true,
      )
      if (isCovered) return
      assert.equal(proof.result, 'refuted', JSON.stringify({ list, url, proof }))
      assert.equal(proof.witness?.method, 'PATCH')
    }),
    { numRuns: 100, seed: 3 },
  ))
