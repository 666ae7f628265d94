/**
 * Sends every pattern and URL in facts/ to Oathkeeper and records its answers. Oarlock's own answers that differ are
 * kept, and the tests show them.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Strategy } from '../../../../src/rules/matching/pattern.ts'
import { type Answer, type Fact, readFacts, writeFacts } from './facts.ts'

const host = '127.0.0.1'
const agent = new Agent({ keepAlive: true })
const groups = '{{ .MatchContext.RegexpCaptureGroups | toJson | b64enc }}'

interface Reply {
  readonly status: number | undefined
  readonly groups: string
}

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, host, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })

const get = (port: number, path: string, headers: Record<string, string> = {}): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const sent = request({ host, port, path, headers, agent }, response => {
      const shown = String(response.headers['x-groups'] ?? '')
      response.resume().on('end', () => resolve({ status: response.statusCode, groups: shown }))
    })
    sent.on('error', reject).end()
  })

/** Each rule has a method of its own, so that no rule disturbs another. */
function writeConfig(folder: string, strategy: Strategy, facts: readonly Fact[]) {
  const rules = facts.map(({ pattern }, i) => ({
    id: `rule-${i}`,
    match: { url: pattern, methods: [`M${i}`] },
    authenticators: [{ handler: 'noop' }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'header', config: { headers: { 'X-Groups': groups } } }],
  }))
  writeFileSync(join(folder, 'rules.json'), JSON.stringify(rules))
  const enabled = true
  return {
    log: { level: 'panic' },
    access_rules: {
      matching_strategy: strategy,
      repositories: [`file://${join(folder, 'rules.json')}`],
    },
    authenticators: { noop: { enabled } },
    authorizers: { allow: { enabled } },
    mutators: { header: { enabled, config: { headers: {} } } },
  }
}

async function start(binary: string, folder: string, config: object) {
  const port = await freePort()
  const serve = {
    api: { host, port },
    proxy: { host, port: await freePort() },
    prometheus: { host, port: await freePort() },
  }
  const file = join(folder, 'config.json')
  writeFileSync(file, JSON.stringify({ ...config, serve }))
  const child = spawn(binary, ['serve', '--config', file, '--sqa-opt-out'], { stdio: 'ignore' })
  for (let tries = 0; tries < 100; tries++) {
    const reply = await get(port, '/health/ready').catch(() => undefined)
    if (reply?.status === 200) return { port, child }
    await setTimeout(100)
  }
  throw new Error('Oathkeeper does not start')
}

/** The path is sent encoded, so that it can contain any character; the host is sent as a forwarded host. */
async function ask(port: number, method: string, url: string): Promise<Answer> {
  const [, scheme = '', authority = '', path = ''] = /^([^:]*):\/\/([^/]*)(.*)$/s.exec(url) ?? []
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  const reply = await get(port, `/decisions${encoded}`, {
    'x-forwarded-method': method,
    'x-forwarded-proto': scheme,
    'x-forwarded-host': authority,
  })
  if (reply.status === 404) return 'no match'
  if (reply.status === 500) return 'broken'
  if (reply.status !== 200) throw new Error(`${url}: ${reply.status}`)
  return JSON.parse(Buffer.from(reply.groups, 'base64').toString()) ?? []
}

async function record(binary: string, strategy: Strategy): Promise<void> {
  const facts = readFacts(strategy)
  const folder = mkdtempSync(join(tmpdir(), 'oarlock-facts-'))
  let child: ChildProcess | undefined
  try {
    const started = await start(binary, folder, writeConfig(folder, strategy, facts))
    child = started.child
    const recorded: Fact[] = []
    for (const [i, { pattern, asked }] of facts.entries()) {
      const answers = []
      for (const one of asked)
        answers.push({ ...one, original: await ask(started.port, `M${i}`, one.url) })
      recorded.push({ pattern, asked: answers })
    }
    writeFacts(strategy, recorded)
  } finally {
    child?.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

const [binary] = process.argv.slice(2)
if (binary === undefined) throw new Error('expected the path of Oathkeeper as the first argument')
for (const strategy of ['regexp', 'glob'] as const) await record(binary, strategy)
agent.destroy()
