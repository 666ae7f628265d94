/**
 * Reloads under load: every answer comes from one complete set of rules, no request is lost, and the event loop does
 * not block.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type TestContext, test } from 'node:test'
import { type Running, start } from '../../src/app/start.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Log } from '../../src/observability/log.ts'
import { temporaryFolder } from '../support/folder.ts'
import { ask } from '../support/raw-http.ts'

interface Server {
  readonly running: Running
  readonly port: number
  readonly writeRules: (rules: readonly object[] | string) => void
  readonly writeConfig: (subject: string) => void
  readonly errors: readonly string[]
}

async function serve(t: TestContext, rules: readonly object[]): Promise<Server> {
  const folder = temporaryFolder(t)
  const files = { rules: join(folder, 'rules.json'), config: join(folder, 'config.json') }
  const writeRules = (written: readonly object[] | string): void =>
    writeFileSync(files.rules, typeof written === 'string' ? written : JSON.stringify(written))
  const writeConfig = (subject: string): void =>
    writeFileSync(files.config, JSON.stringify(configOf(files.rules, subject)))
  writeRules(rules)
  writeConfig('subject-0')
  const outcome = await loadConfig({ files: [files.config], env: {} })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  const errors: string[] = []
  const running = await start({
    config: outcome.config,
    log: logTo(errors),
    strict: true,
    files: [files.config],
  })
  t.after(() => running.stop())
  const port = Number(running.addresses.api.split(':').pop())
  return { running, port, writeRules, writeConfig, errors }
}

const configOf = (rules: string, subject: string) => ({
  serve: {
    api: { host: '127.0.0.1', port: 0 },
    grpc: { enabled: false },
    shutdown: { timeout: '1s' },
  },
  access_rules: { repositories: [`file://${rules}`] },
  authenticators: { anonymous: { enabled: true, config: { subject } } },
  authorizers: { allow: { enabled: true } },
  mutators: { header: { enabled: true, config: { headers: { 'X-A': '{{ print .Subject }}' } } } },
})

const logTo = (errors: string[]): Log => {
  const note = (text: string, fields: object = {}): void => {
    errors.push(`${text} ${JSON.stringify(fields)}`)
  }
  return { error: note, warn: note, info: () => undefined, debug: () => undefined }
}

const rule = (id: string, url: string, name: string) => ({
  id,
  match: { url, methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [
    {
      handler: 'header',
      config: {
        headers: {
          'X-A': '{{ print .Subject }}',
          'X-B': '{{ print .Subject }}',
          'X-One': name,
          'X-Two': name,
        },
      },
    },
  ],
})

/** The rule that allows the requests has another id and name in each set. */
const setOf = (i: number) => [
  rule(`rule-${i}`, i % 2 === 0 ? 'http://a.test/<.*>' : '<https?>://a.test/<[^?]*>', `${i}`),
  rule('other', 'http://b.test/', 'other'),
]

test('a thousand reloads under load: each answer comes from one complete set, and there is no error', async t => {
  const { running, port, writeRules, writeConfig, errors } = await serve(t, setOf(0))
  let reloading = true
  const seen = new Set<string>()
  const client = async (): Promise<void> => {
    while (reloading) {
      const answer = await ask(port, { target: '/decisions/x', host: 'a.test' })
      assert.equal(answer.status, 200)
      assert.deepEqual(answer.all('x-one'), answer.all('x-two'))
      assert.deepEqual(answer.all('x-a'), answer.all('x-b'))
      seen.add(`${answer.all('x-one')[0]} ${answer.all('x-a')[0]}`)
    }
  }
  const clients = Array.from({ length: 2 }, client)
  for (let i = 1; i <= 1000; i++) {
    if (i % 5 === 0) writeConfig(`subject-${i}`)
    else writeRules(setOf(i))
    await running.reload()
  }
  reloading = false
  await Promise.all(clients)
  assert.ok(seen.size > 100, `${seen.size} different answers`)
  assert.deepEqual(errors, [])
  const last = await ask(port, { target: '/decisions/x', host: 'a.test' })
  assert.deepEqual([last.all('x-one'), last.all('x-a')], [['999'], ['subject-1000']])
})

test('a reload that fails changes nothing', async t => {
  const { running, port, writeRules, errors } = await serve(t, setOf(1))
  writeRules('[{"id":')
  await running.reload()
  const answer = await ask(port, { target: '/decisions/x', host: 'a.test' })
  assert.deepEqual(answer.all('x-one'), ['1'])
  await running.reload()
  assert.equal(errors.length, 1, errors.join('\n'))
})

const many = (generation: number) =>
  Array.from({ length: 10_000 }, (_, i) =>
    rule(`rule-${i}`, `<https?>://api.test/tenants/${i}/<.*>`, `${generation}-${i % 100}`),
  )

/** The longest delay of the event loop meanwhile, in milliseconds. */
async function longestStop(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await work()
  delay.disable()
  return delay.max / 1e6
}

/** A second of slices of 5 ms: a longer delay is the time of other programs. */
async function inSlices(): Promise<void> {
  const end = performance.now() + 1000
  while (performance.now() < end) {
    const pause = performance.now() + 5
    while (performance.now() < pause);
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** Three times the bound that holds on an idle machine. */
const bound = 60

test('10,000 rules are reloaded without blocking the event loop', async t => {
  const { running, port, writeRules } = await serve(t, many(0))
  const seen: { readonly reload: number; readonly others: number }[] = []
  const isShort = (): boolean => seen.some(({ reload, others }) => reload < bound + 2 * others)
  for (let generation = 1; generation <= 6 && !isShort(); generation++) {
    const others = await longestStop(inSlices)
    writeRules(many(generation))
    seen.push({ reload: await longestStop(() => running.reload()), others })
    const answer = await ask(port, { target: '/decisions/tenants/77/x', host: 'api.test' })
    assert.deepEqual(answer.all('x-one'), [`${generation}-77`])
  }
  assert.ok(isShort(), `the event loop was blocked for ${JSON.stringify(seen)} ms`)
})
