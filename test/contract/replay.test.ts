/** Decisions of the log, made again without the outside, have the same answer. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { comparedParameters } from '../../src/app/rules/capsule-rules.ts'
import { pipelineSettings } from '../../src/app/rules/pipeline.ts'
import { digestOf } from '../../src/capsule/identity.ts'
import { createRecorder } from '../../src/capsule/recorder.ts'
import { loadConfig } from '../../src/config/load.ts'
import { verdictOf } from '../../src/engine/compare/verdict.ts'
import { decide } from '../../src/engine/decide.ts'
import { observe } from '../../src/engine/observe.ts'
import { askedRequest } from '../../src/explain/asked.ts'
import { createGuard } from '../../src/explain/outside.ts'
import { type Offline, openOffline } from '../../src/insight/offline/open.ts'
import { readCapsule } from '../../src/insight/replay/read-capsule.ts'
import { replay } from '../../src/insight/replay/replay.ts'
import { replayRules } from '../../src/insight/replay/replay-rules.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import type { Decision } from '../../src/model/decision.ts'
import { createDecisionLog } from '../../src/observability/decision-log.ts'
import { createLog } from '../../src/observability/log.ts'
import { createRedaction } from '../../src/observability/redaction.ts'
import { substitute } from '../conformance/context.ts'
import { expand } from '../conformance/expand.ts'
import { writeScenario } from '../conformance/files.ts'
import { setStage } from '../conformance/scenario.ts'
import type { Data, DataMap, Request } from '../conformance/types.ts'
import { type Trial, trial } from '../differential/scenario.ts'

const data = new URL('../conformance/cases/none.yaml', import.meta.url).pathname
const seed = Number(process.env['SEED'] ?? '2026')
/** A trial has 96 requests. */
const trials = Math.ceil(Number(process.env['REPLAYS'] ?? '10000') / 96)

const expressions = [
  'session.subject == "alice"',
  'request.headers["x-custom"] == "custom value"',
  '"accept" in request.headers',
  'request.query.a[0] == " b"',
  'has(session.extra.team) && session.extra.team == "red"',
  'request.time > timestamp("2020-01-01T00:00:00Z")',
  'request.method in ["GET", "POST"]',
]
const errorExpressions = ['error.code == "unauthorized"', 'request.method == "GET"', 'true']
const expression = fc.constantFrom(...expressions)
/** One in five. */
const maybe = <T>(one: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one })

/** What Oathkeeper's rules do not have. */
const more = fc.record({
  when: maybe(expression),
  second: maybe(
    fc.record({ of: fc.constantFrom('any', 'all'), expression, when: maybe(expression) }),
  ),
  removes: fc.boolean(),
  continues: fc.boolean(),
  isOpen: fc.boolean(),
  isWide: fc.boolean(),
  errorWhen: maybe(fc.constantFrom(...errorExpressions)),
  match: maybe(
    fc.constantFrom(
      { headers: { 'X-Custom': '<.*>' } },
      { headers: { Accept: null } },
      { query: { a: ' b' } },
      { query: { token: null } },
    ),
  ),
})
type More = typeof more extends fc.Arbitrary<infer T> ? T : never

const anybody: DataMap = { handler: 'noop' }
const removable = new Set(['jwt', 'oauth2_introspection', 'bearer_token'])

function extended(rule: DataMap, extra: More): DataMap {
  const { authorizer, authenticators, mutators, errors, ...rest } = rule as {
    authorizer: DataMap
    authenticators: DataMap[]
    mutators: DataMap[]
    errors?: DataMap[]
  }
  const methods = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH']
  const written = (rest as DataMap)['match'] as DataMap
  const url = String(written['url']).replace(/(test).*$/, extra.isWide ? '$1/<.*>' : '$&')
  const match = { ...written, url, methods, ...extra.match }
  const { second } = extra
  const changed = {
    ...rest,
    match,
    authenticators: [...(extra.isOpen ? [anybody] : []), ...authenticators].map(one => ({
      ...one,
      ...(extra.removes && removable.has(String(one['handler']))
        ? { remove_credential: true }
        : {}),
      ...(extra.continues ? { on_failure: 'next' } : {}),
    })),
    mutators: mutators.map((one, i) =>
      i === 0 && extra.when ? { ...one, when: extra.when } : one,
    ),
    ...(errors === undefined
      ? {}
      : {
          errors: errors.map(one => (extra.errorWhen ? { ...one, when: extra.errorWhen } : one)),
        }),
  }
  if (second === undefined) return { ...changed, authorizer } as DataMap
  const cel = {
    handler: 'cel',
    config: { expression: second.expression },
    ...(second.when ? { when: second.when } : {}),
  }
  return { ...changed, authorizers: [{ [second.of]: [cel, authorizer] }] } as DataMap
}

interface Logged {
  readonly entry: JsonObject
  readonly text: string
  readonly decision: Decision
}

const noLog = createLog({ level: 'panic', format: 'json' })

/** Decides the requests of a trial with real calls, then all lines of their log again without. */
async function runTrial({ scenario, requests }: Trial, extras: readonly More[]) {
  const folder = mkdtempSync(join(tmpdir(), 'replay-'))
  const rules = (scenario.rules ?? []).map((rule, i) =>
    extended(rule as DataMap, extras[i] as More),
  )
  const stage = await setStage(data, folder, scenario)
  try {
    const ours = { ...scenario, config: withOurs(scenario.config ?? {}) }
    const file = writeScenario(stage.context, ours, expand({ ...ours, rules }).rules)
    const outcome = await loadConfig({ files: [file], env: {} })
    assert.ok(outcome.kind === 'config', JSON.stringify(outcome).slice(0, 2000))
    const { config } = outcome
    const live = await openOffline({
      config,
      guard: createGuard({ stubFor: () => undefined, live: true }),
      independent: true,
    })
    let now = 0
    const offline = await openOffline({
      config,
      guard: createGuard({ stubFor: () => undefined, live: false }),
      independent: true,
      now: () => now,
    })
    try {
      const settings = pipelineSettings(config)
      const asked = substitute(stage.context, requests as unknown as Data) as unknown as Request[]
      const lines = await decideAll(asked, live, settings)
      const again = await replayRules(offline.read.rules, settings, offline.redaction)
      const found = []
      for (const line of lines) {
        const logged = readCapsule(line.entry)
        assert.ok(typeof logged === 'object', JSON.stringify([logged, line.text.slice(0, 500)]))
        now = logged.capsule.now
        found.push({ ...line, replayed: await replay(logged, again) })
      }
      return found
    } finally {
      await Promise.all([live.close(), offline.close()])
    }
  } finally {
    for (const stub of stage.stubs) stub.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const withOurs = (config: DataMap): DataMap => ({
  ...config,
  authorizers: { ...(config['authorizers'] as DataMap), cel: { enabled: true } },
})

async function decideAll(
  requests: readonly Request[],
  { read, doors }: Offline,
  settings: ReturnType<typeof pipelineSettings>,
): Promise<readonly Logged[]> {
  const { rules } = read
  const lines: string[] = []
  const redaction = createRedaction({ leak: false, text: 'hidden', headers: [] })
  const facts = {
    strategy: settings.strategy,
    digest: await digestOf(rules.definitions, settings),
    credentials: rules.credentials,
    parameters: new Set(rules.definitions.flatMap(comparedParameters)),
  }
  const observed = observe((request, trace) => decide(rules, request, trace), {
    log: noLog,
    decisionLog: createDecisionLog({
      sink: { write: line => void lines.push(line) },
      redaction,
      mask: [],
      maskText: 'hidden',
      ratio: 1,
    }),
    recorder: createRecorder({
      rules: () => facts,
      redaction,
      mask: [],
      maskText: 'hidden',
      now: Date.now,
    }),
  })
  const logged: Logged[] = []
  for (const [i, sent] of requests.entries()) {
    const door = sent.to === 'proxy' ? doors.proxy : i % 2 === 0 ? doors.grpc : doors.decisions
    const request = door.read(asAsked(sent))
    if ('kind' in request) continue
    const decision = await observed(request)
    const text = lines.pop() ?? ''
    logged.push({ entry: JSON.parse(text) as JsonObject, text, decision })
  }
  return logged
}

function asAsked({ method = 'GET', host = '', path = '/', headers = [], body }: Request) {
  const asked = askedRequest({
    method,
    url: `http://${host}${String(path).replace(/^\/decisions/, '') || '/'}`,
    headers: headers as never,
    body: body === undefined ? undefined : Buffer.from(String(body)),
  })
  assert.ok(typeof asked === 'object', String(asked))
  return asked
}

/** Values that the log does not have are `***` in the replay. */
function assertSame(made: Decision, again: Decision, text: string): void {
  const [one, other] = [verdictOf(made), verdictOf(again)]
  const plain = ({ headers, ...rest }: typeof one) => rest
  assert.deepEqual(plain(other), plain(one), text)
  const [names, values] = [other.headers.map(nameOf), one.headers.map(nameOf)]
  assert.deepEqual(names.sort(), values.sort(), text)
  const known = other.headers.filter(line => !line.includes('***') && !line.includes('%2A%2A%2A'))
  for (const line of known) assert.ok(one.headers.includes(line), `${line}\n${text}`)
}

const nameOf = (line: string): string => line.slice(0, line.indexOf(':'))

test(`${trials * 96} random decisions have the same answer again, without a call`, async () => {
  const all = fc.sample(trial, { seed, numRuns: trials })
  const extras = fc.sample(fc.array(more, { minLength: 12, maxLength: 12 }), {
    seed,
    numRuns: trials,
  })
  const counts = { all: 0, allowed: 0, denied: 0 }
  for (const [i, one] of all.entries()) {
    for (const { decision, text, replayed } of await runTrial(one, extras[i] ?? [])) {
      counts.all += 1
      assert.ok(replayed.isSameSet)
      assert.deepEqual(replayed.doubts, [], text)
      assertSame(decision, replayed.decision, text)
      // The name of a client is its subject, and no credential.
      const rest = text.replaceAll(/"subject":"k-\w+"/g, '')
      assert.doesNotMatch(rest, /k-alice|k-bob|eyJhbGciOi/)
      if (decision.kind === 'allow') counts.allowed += 1
      else counts.denied += 1
    }
  }
  assert.ok(counts.allowed > counts.all / 20, JSON.stringify(counts))
  assert.ok(counts.denied > counts.all / 20, JSON.stringify(counts))
})
