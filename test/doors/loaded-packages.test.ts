/** Packages that a configuration does not use are not loaded. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { root, temporaryFolder } from '../support/folder.ts'
import { startOarlock } from '../support/oarlock.ts'
import { loopback } from '../support/ports.ts'
import { ask } from '../support/raw-http.ts'

const rule = {
  id: 'open',
  match: { url: 'http://shop.example/<.*>', methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header' }],
}

const handlers = {
  authenticators: { anonymous: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { header: { enabled: true, config: { headers: { 'X-User': 'guest' } } } },
}

const off = { enabled: false }
const bare = { ...handlers, serve: { grpc: off, proxy: off, prometheus: off } }

function watchPackages(t: TestContext) {
  const file = join(temporaryFolder(t), 'loaded')
  writeFileSync(file, '')
  const preload = join(root, 'test/support/loaded-packages.mjs')
  return {
    env: { LOADED: file, NODE_OPTIONS: `--import ${preload}` },
    loaded: (): readonly string[] => {
      const found = readFileSync(file, 'utf8').matchAll(
        /.*\/node_modules\/((?:@[^/\n]+\/)?[^/\n]+)/g,
      )
      return [...new Set(Array.from(found, ([, name = '']) => name))].sort()
    },
  }
}

/** What a server with that configuration has loaded when it has stopped. */
async function loadedBy(t: TestContext, config: object): Promise<readonly string[]> {
  const { env, loaded } = watchPackages(t)
  const oarlock = await startOarlock(t, { config: { ...config }, rules: [rule], env })
  await ask(oarlock.api, { target: '/decisions/a' })
  await oarlock.stop()
  return loaded()
}

const run = (t: TestContext, ...args: readonly string[]): readonly string[] => {
  const { env, loaded } = watchPackages(t)
  const options = { env: { ...process.env, ...env } }
  execFileSync(process.execPath, [join(root, 'dist/main.js'), ...args], options)
  return loaded()
}

const none = (loaded: readonly string[], unwanted: RegExp): void =>
  assert.deepEqual(
    loaded.filter(name => unwanted.test(name)),
    [],
  )

test('a command loads nothing that only others need', t => {
  assert.deepEqual(run(t, 'version'), ['commander'])
})

test('validate loads no server, no client and no log', t => {
  const loaded = run(t, 'validate', '-c', 'deploy/quickstart/oarlock.yaml')
  none(
    loaded,
    /grpc|protobuf|express|prom-client|undici|redis|pino|ajv|recheck|re2js|bcrypt|tldts|toml|proxy-agent|opentelemetry|vscode|modelcontextprotocol/,
  )
})

test('a server without gRPC and metrics loads neither', async t => {
  const loaded = await loadedBy(t, bare)
  none(loaded, /grpc|protobuf|prom-client|opentelemetry/)
})

test('a server loads no client of services that it does not call', async t => {
  const loaded = await loadedBy(t, handlers)
  none(loaded, /undici|redis|ajv|recheck|re2js|bcrypt|tldts|toml|proxy-agent/)
  assert.ok(loaded.includes('@grpc/grpc-js'))
})

test('the client is loaded at the start when a handler calls a service', async t => {
  const url = `http://${loopback}:1/session`
  const { authenticators } = handlers
  const bearer_token = { enabled: true, config: { check_session_url: url } }
  const loaded = await loadedBy(t, { ...bare, authenticators: { ...authenticators, bearer_token } })
  assert.ok(loaded.includes('undici'))
})
