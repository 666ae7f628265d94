/** Compares the handler with Oathkeeper's answers to the tokens of the conformance corpus. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { jwt } from '../../../src/handlers/authenticators/jwt.ts'
import { textOf } from '../../../src/lib/bytes.ts'
import { encodeJson } from '../../../src/lib/json.ts'
import { createHttp } from '../../../src/outbound/http.ts'
import { createKeySets, type KeySets } from '../../../src/outbound/key-sets.ts'
import { readYaml } from '../../conformance/yaml.ts'
import { testDeps } from '../../support/deps.ts'
import { root } from '../../support/folder.ts'
import { requestTo, sessionOf } from '../../support/request.ts'
import { stubServer } from '../../support/stub-server.ts'

const folder = `${root}test/conformance/`
const data = `${folder}data`

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly json?: { readonly error: { readonly details?: { readonly jwt_claims: string } } }
}
interface Step {
  readonly id: string
  readonly path: string
  readonly host: string
  readonly headers?: Readonly<Record<string, string>>
  readonly expect: Answer
}
interface Route {
  readonly path: string
  readonly status?: number
  readonly body?: string
  readonly headers?: Record<string, string>
}
interface Rule {
  readonly match: { readonly url: string }
  readonly authenticators: readonly { readonly config?: object }[]
}
interface Scenario {
  readonly ignore: readonly string[]
  readonly config: { readonly authenticators: { readonly jwt: { readonly config: object } } }
  readonly rules: readonly Rule[]
  readonly steps: readonly Step[]
  readonly stubs?: { readonly main: { readonly routes: readonly Route[] } }
}

const tokens = JSON.parse(readFileSync(`${data}/tokens.json`, 'utf8')) as Record<string, string>

const fill = (text: string, stub: string): string =>
  text
    .replace(/\$\{DATA\}/g, () => data)
    .replace(/\$\{STUB\}/g, () => stub.replace('http://', ''))
    .replace(/\$\{TOKEN:([^}]*)\}/g, (_, name: string) => tokens[name] ?? assert.fail(name))
    .replace(/\$\{FILE:([^}]*)\}/g, (_, name: string) => readFileSync(`${data}/${name}`, 'utf8'))

/** Deliberate differences; each must differ. */
const deliberate = new Set(['use key-nouse'])

async function startStub(t: TestContext, routes: readonly Route[]): Promise<string> {
  const { origin } = await stubServer(t, ({ url }, response) => {
    const route = routes.find(({ path }) => path === url)
    response.writeHead(route?.status ?? 200, route?.headers ?? {})
    response.end(fill(route?.body ?? '', ''))
  })
  return origin
}

function createDeps(t: TestContext): KeySets {
  const http = createHttp({ timeout: 5000, concurrent: 8, bytes: 2 ** 20 })
  const keySets = createKeySets({ http, now: Date.now, ttl: 30_000, maxWait: 1000 })
  t.after(async () => {
    keySets.close()
    await http.close()
  })
  return keySets
}

async function answerTo(step: Step, { config, rules }: Scenario, keySets: KeySets) {
  const url = `http://${step.host}${step.path.replace('/decisions', '')}`
  const rule = rules.find(({ match }) => match.url === url.replace(/\?.*/, ''))
  assert.ok(rule, `a rule for ${url}`)
  const own = rule.authenticators[0]?.config ?? {}
  const merged = { ...config.authenticators.jwt.config, ...own }
  const run = jwt.create(merged as Parameters<typeof jwt.create>[0], {
    ...testDeps,
    keySets,
    now: Date.now,
  })
  // Any HTTP parser removes spaces around a header value.
  const headers = Object.entries(step.headers ?? {}).map(
    ([name, value]) => [name, value.trim()] as const,
  )
  const request = requestTo(url, { headers })
  const outcome = await run(sessionOf(request), request)
  if (outcome.kind === 'session') {
    return { status: 200, user: textOf(outcome.subject), extra: textOf(encodeJson(outcome.extra)) }
  }
  // No other authenticator of these rules is responsible, except `noop`, which allows with an empty subject.
  if (outcome.kind === 'not_responsible') {
    return rule.authenticators.length > 1 ? { status: 200, user: '' } : { status: 401 }
  }
  assert.equal(outcome.code, 'unauthorized')
  assert.equal(outcome.info.message, 'Access credentials are invalid')
  return { status: 401, claims: textOf(String(outcome.info.details?.['jwt_claims'] ?? '')) }
}

function expected(step: Step, { ignore }: Scenario) {
  const { status, headers, json } = step.expect
  if (status === 200) {
    const extra = headers['x-extra']
    return { status, user: headers['x-user'], ...(extra === undefined ? {} : { extra }) }
  }
  if (ignore.includes('json.error.details')) return { status }
  return { status, claims: json?.error.details?.jwt_claims ?? '' }
}

/** Only recorded results are compared. */
const pick = (answer: object, like: object) =>
  Object.fromEntries(
    Object.keys(like).map(key => [key, (answer as Record<string, unknown>)[key] ?? '']),
  )

const files = readdirSync(`${folder}cases`).filter(name => name.startsWith('authn-jwt-'))

test('the corpus has the scenarios of this handler', () => {
  assert.ok(files.length >= 12)
})

for (const file of files) {
  test(file, async t => {
    const text = readFileSync(`${folder}cases/${file}`, 'utf8')
    const { stubs } = readYaml(text) as unknown as Scenario
    const stub = await startStub(t, stubs?.main.routes ?? [])
    const scenario = JSON.parse(
      fill(JSON.stringify(readYaml(text)).replace(/\$\{FILE:[^}]*\}/g, ''), stub),
    ) as Scenario
    const keySets = createDeps(t)
    for (const step of scenario.steps) {
      await t.test(step.id, async () => {
        const answer = await answerTo(step, scenario, keySets)
        const wanted = expected(step, scenario)
        if (deliberate.has(step.id)) assert.notDeepEqual(pick(answer, wanted), wanted)
        else assert.deepEqual(pick(answer, wanted), wanted)
      })
    }
  })
}
