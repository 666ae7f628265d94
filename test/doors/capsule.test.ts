/** `log.decisions.capsule`: a running server writes it; `explain --from-log` and `diff --log` decide with it. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stringify } from 'yaml'
import { run } from '../../src/cli/run.ts'
import type { Explanation } from '../../src/explain/explanation.ts'
import { temporaryFolder } from '../support/folder.ts'
import { listen } from '../support/listen.ts'
import { startOarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'
import { until } from '../support/until.ts'

const secret = 'opaque-credential-of-alice'

const rule = (id: string, more: object = {}) => ({
  id,
  match: { url: `http://shop.test/${id}/<(?<name>[a-z]+)>`, methods: ['GET'] },
  authenticators: [{ handler: 'oauth2_introspection' }],
  authorizer: { handler: 'remote_json' },
  mutators: [{ handler: 'header' }],
  ...more,
})

const rules = [
  rule('orders'),
  rule('open', { authenticators: [{ handler: 'anonymous' }], authorizer: { handler: 'allow' } }),
]

interface Setup {
  readonly mask?: readonly string[]
  readonly serve?: object
}

/** A server whose services are down when its log is read. */
async function logged(
  t: TestContext,
  targets: readonly string[],
  { mask = [], serve }: Setup = {},
) {
  const services = createServer((request, response) => {
    if (request.url === '/allow') return void response.end()
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ active: true, sub: 'alice', scope: 'read' }))
  })
  const origin = `http://127.0.0.1:${await listen(t, services)}`
  const folder = temporaryFolder(t)
  const log = join(folder, 'decisions.log')
  const config = {
    log: { decisions: { enabled: true, capsule: true, file: log, mask } },
    authenticators: {
      anonymous: { enabled: true },
      oauth2_introspection: {
        enabled: true,
        config: { introspection_url: `${origin}/introspect` },
      },
    },
    authorizers: {
      allow: { enabled: true },
      deny: { enabled: true },
      cel: { enabled: true },
      remote_json: {
        enabled: true,
        config: { remote: `${origin}/allow`, payload: '{"s":"{{ print .Subject }}"}' },
      },
    },
    mutators: {
      header: {
        enabled: true,
        config: {
          headers: {
            'X-User': '{{ print .Subject }}',
            'X-Kind': '{{ .MatchContext.Header.Get "X-Kind" }}',
          },
        },
      },
    },
    errors: { fallback: ['json'], handlers: { json: { enabled: true } } },
    ...(serve ? { serve } : {}),
  }
  const oarlock = await startOarlock(t, { config, rules })
  for (const target of targets) {
    await ask(oarlock.api, {
      target: `/decisions${target}`,
      host: 'shop.test',
      headers: [
        ['Authorization', `Bearer ${secret}`],
        ['X-Kind', 'b'],
        ['Cookie', 'sid=0123456789'],
      ],
    })
  }
  const lines = () => readFileSync(log, 'utf8').trimEnd().split('\n')
  await until(() => lines().filter(line => line.endsWith('}')).length === targets.length, 'the log')
  const entries = lines().map(line => JSON.parse(line) as { id: string; capsule: object })
  const files = (changed: readonly object[]) => {
    writeFileSync(join(folder, 'rules.yaml'), stringify(changed))
    writeFileSync(
      join(folder, 'oarlock.yaml'),
      stringify({ ...config, access_rules: { repositories: [`file://${folder}/rules.yaml`] } }),
    )
    return join(folder, 'oarlock.yaml')
  }
  const stop = async () => {
    oarlock.signal('SIGTERM')
    services.close()
    services.closeAllConnections()
  }
  return { log, entries, files, stop, text: readFileSync(log, 'utf8') }
}

async function cli(...args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run(args, { out: text => out.push(text), err: text => err.push(text) })
  return { code, out: out.join(''), err: err.join('') }
}

async function explained(...args: readonly string[]) {
  const { code, out, err } = await cli('explain', ...args, '--format', 'json')
  return { code, err, explanation: JSON.parse(out) as Explanation }
}

for (const workers of [1, 2]) {
  test(`with ${workers} processes a decision is explained while all services are down`, async t => {
    const { log, entries, files, stop, text } = await logged(t, ['/orders/a?token=t-0123456789'], {
      serve: { workers },
    })
    await stop()
    for (const credential of [secret, '0123456789']) assert.ok(!text.includes(credential), text)
    const id = entries[0]?.id ?? ''
    const { code, err, explanation } = await explained(
      '--from-log',
      id,
      '--log',
      log,
      '-c',
      files(rules),
    )
    assert.deepEqual([code, err, explanation.rule], [0, '', 'orders'])
    assert.deepEqual(explanation.headers.set, { 'x-kind': 'b', 'x-user': 'alice' })
    assert.deepEqual(
      explanation.steps.map(({ handler, outcome }) => [handler, outcome]),
      [
        ['oauth2_introspection', 'ok'],
        ['remote_json', 'ok'],
        ['header', 'ok'],
      ],
    )
  })
}

test('other rules decide with what the handlers gave, as far as it is known', async t => {
  const { log, entries, files, stop } = await logged(t, ['/orders/a', '/open/b'])
  await stop()
  const id = entries[0]?.id ?? ''
  const changed = (more: object) => files([rule('orders', more), rules[1] as object])
  const of = (file: string) => explained('--from-log', id, '--log', log, '-c', file)
  const stricter = await of(
    changed({
      authorizer: { handler: 'cel', config: { expression: 'session.extra.scope == "write"' } },
    }),
  )
  assert.deepEqual([stricter.code, stricter.explanation.outcome.code], [10, 'forbidden'])
  assert.match(stricter.err, /other rules or settings/)
  const wider = await of(
    changed({
      authorizer: { handler: 'cel', config: { expression: 'session.extra.scope == "read"' } },
    }),
  )
  assert.equal(wider.code, 0)
  const unknown = await of(
    changed({
      authorizer: { handler: 'cel', config: { expression: 'request.headers["cookie"] != ""' } },
    }),
  )
  assert.deepEqual(unknown.explanation.outcome, { kind: 'undecided', missing: ['header cookie'] })
  const asks = await of(
    changed({ authorizer: { handler: 'remote_json', config: { payload: '{"other":1}' } } }),
  )
  assert.equal(asks.code, 7)
  assert.match(asks.explanation.outcome.missing.join(), /what remote_json gives here/)
})

test('diff compares what both sets make of the log', async t => {
  const { log, files, stop } = await logged(t, ['/orders/a', '/orders/b', '/open/c', '/none'])
  await stop()
  const before = files(rules)
  const folder = temporaryFolder(t)
  const after = join(folder, 'rules.yaml')
  writeFileSync(after, stringify([rule('orders', { authorizer: { handler: 'deny' } }), rules[1]]))
  const { code, out } = await cli('diff', before, after, '--log', log, '--format', 'json')
  assert.equal(code, 6)
  const { groups } = JSON.parse(out) as { groups: readonly { kind: string; count: number }[] }
  assert.deepEqual(
    groups.map(({ kind, count }) => [kind, count]),
    [['newly-denied', 2]],
  )
  const same = await cli('diff', before, before, '--log', log, '--format', 'json')
  assert.equal(same.code, 0, same.out)
  assert.doesNotMatch(same.err, /other rules/)
  const turned = await cli('diff', after, before, '--log', log)
  assert.match(turned.err, /^warning: 4 decisions were made with other rules or settings than OLD/m)
})

test('what is masked is not in the capsule, and what depends on it is not guessed', async t => {
  const { text, entries, log, files, stop } = await logged(t, ['/orders/a'], { mask: ['subject'] })
  await stop()
  assert.ok(!text.includes('alice'), text)
  const id = entries[0]?.id ?? ''
  const same = await explained('--from-log', id, '--log', log, '-c', files(rules))
  assert.deepEqual([same.code, same.explanation.headers.set['x-user']], [0, '***'])
  const reads = {
    authorizer: { handler: 'cel', config: { expression: 'session.subject == "bob"' } },
  }
  const other = await explained(
    '--from-log',
    id,
    '--log',
    log,
    '-c',
    files([rule('orders', reads)]),
  )
  assert.deepEqual(other.explanation.outcome.missing, ['the subject'])
  const { entries: hidden } = await logged(t, ['/orders/a'], { mask: ['path'] })
  assert.deepEqual(hidden[0]?.capsule, { v: 1, omitted: 'log.decisions.mask hides the path' })
})

test('a capsule that cannot be used is named, and the request is explained without it', async t => {
  const { log, entries, files, stop } = await logged(t, ['/open/a'])
  await stop()
  const file = files(rules)
  const entry = entries[0] as { id: string; capsule: Record<string, unknown> }
  const broken = [
    [{ v: 2 }, /capsule\.v: found 2, expected 1/],
    [[], /capsule: expected an object/],
    [{ ...entry.capsule, steps: [{}] }, /capsule\.steps: found /],
    [
      { ...entry.capsule, request: { ...(entry.capsule['request'] as object), headers: 'x' } },
      /capsule\.request\.headers: found "x"/,
    ],
    [{ v: 1, omitted: 'too long' }, /left out: too long/],
    [{ ...entry.capsule, steps: deep }, /more than 200 levels/],
  ] as const
  for (const [capsule, expected] of broken) {
    writeFileSync(log, `${lineOf(entry, capsule)}\n`)
    const { code, err, explanation } = await explained(
      '--from-log',
      entry.id,
      '--log',
      log,
      '-c',
      file,
    )
    assert.match(err, expected)
    assert.deepEqual([code, explanation.rule], [0, 'open'])
    const compared = await cli('diff', file, file, '--log', log)
    assert.match(compared.err, /^1 line has a capsule that cannot be used; line 1: /)
    assert.match(compared.err, expected)
  }
})

/** Deeper than `JSON.stringify` can write. */
const deep = 'deep'

const lineOf = (entry: object, capsule: unknown): string =>
  JSON.stringify({ ...entry, capsule }).replace(
    JSON.stringify(deep),
    `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  )
