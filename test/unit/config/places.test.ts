import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issuesOf, load } from './support.ts'

const grpcDefault =
  /^serve\.grpc\.port: found its default 4457, which serve\.(\w+)\.port also uses: gRPC stays closed/

for (const [door, yaml] of [
  ['api', 'serve: {api: {port: 4457}}\n'],
  ['proxy', 'serve: {proxy: {port: 4457}}\n'],
  ['prometheus', 'serve: {prometheus: {port: 4457, host: 127.0.0.1}}\n'],
  ['api', 'serve: {api: {port: 4457, host: 127.0.0.1}, grpc: {host: "0.0.0.0"}}\n'],
] as const) {
  test(`gRPC without a setting gives up its default port if another door uses it: ${yaml.trim()}`, async t => {
    const { config, warnings } = await load(t, yaml)
    assert.equal(config.serve.grpc.enabled, false)
    assert.equal(warnings.length, 1)
    assert.equal(grpcDefault.exec(warnings[0] ?? '')?.[1], door)
    assert.match(warnings[0] ?? '', /set another serve\.grpc\.port, or set serve\.grpc\.enabled/)
  })
}

for (const yaml of [
  '',
  'serve: {api: {port: 4457, socket: /run/api.sock}}\n',
  'serve: {api: {port: 4457, host: 127.0.0.1}, grpc: {host: 127.0.0.2}}\n',
  'serve: {proxy: {port: 4457, enabled: false}}\n',
  'serve: {prometheus: {port: 4457, enabled: false}}\n',
  'serve: {api: {port: 4457}, grpc: {socket: /run/grpc.sock}}\n',
]) {
  test(`gRPC listens if no other door uses its port: ${yaml.trim() || 'defaults'}`, async t => {
    const { config, warnings } = await load(t, yaml)
    assert.equal(config.serve.grpc.enabled, true)
    assert.deepEqual(warnings, [])
  })
}

test('gRPC that the environment configures is never closed without a message', async t => {
  const yaml = { 'a.yaml': 'serve: {api: {port: 4457}}\n' }
  for (const env of [{ SERVE_GRPC_PORT: '4457' }, { SERVE_GRPC_ENABLED: 'true' }]) {
    const [issue] = await issuesOf(t, yaml, env)
    assert.match(issue ?? '', /serve\.grpc\.port: found 4457, which serve\.api\.port also uses/)
  }
})

for (const [serve, later, earlier] of [
  ['{api: {port: 5000}, proxy: {port: 5000}}', 'proxy.port', 'api.port'],
  ['{api: {port: 4455}}', 'proxy.port', 'api.port'],
  ['{api: {port: 5000, host: 127.0.0.1}, prometheus: {port: 5000}}', 'prometheus.port', 'api.port'],
  ['{api: {port: 5, host: "[::]"}, grpc: {port: 5, host: 10.0.0.1}}', 'grpc.port', 'api.port'],
  ['{api: {port: 5, host: "[::1]"}, proxy: {port: 5, host: "[0:0::1]"}}', 'proxy.port', 'api.port'],
  ['{proxy: {socket: /run/a.sock}, grpc: {socket: /run/./a.sock}}', 'grpc.socket', 'proxy.socket'],
] as const) {
  test(`two doors on one port are refused, and both are named: ${serve}`, async t => {
    const issues = await issuesOf(t, { 'a.yaml': `serve: ${serve}\n` })
    assert.equal(issues.length, 1)
    assert.match(
      issues[0] ?? '',
      new RegExp(`serve\\.${later}: found .*, which serve\\.${earlier} also uses`),
    )
  })
}

for (const serve of [
  '{api: {port: 5, host: 127.0.0.1}, proxy: {port: 5, host: 127.0.0.2}}',
  '{api: {port: 5, host: 0.0.0.0}, proxy: {port: 5, host: "[::1]"}}',
  '{api: {port: 0}, proxy: {port: 0}, grpc: {port: 0}, prometheus: {port: 0}}',
  '{api: {port: 5, socket: /run/a.sock}, proxy: {port: 5}}',
  '{api: {port: 5}, proxy: {port: 5, enabled: false}}',
]) {
  test(`doors on different ports are accepted: ${serve}`, async t => {
    assert.deepEqual(await issuesOf(t, { 'a.yaml': `serve: ${serve}\n` }), [])
  })
}
