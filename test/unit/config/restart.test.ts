import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Config } from '../../../src/config/config.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { changeTo } from '../../../src/config/restart.ts'

async function configOf(env: Readonly<Record<string, string>>): Promise<Config> {
  const outcome = await loadConfig({ files: [], env })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  return outcome.config
}

test('handlers, rules and trusted proxies take effect at once', async () => {
  const started = await configOf({})
  const next = await configOf({
    ACCESS_RULES_REPOSITORIES: 'file:///a',
    AUTHENTICATORS_NOOP_ENABLED: 'true',
    SERVE_API_FORWARDED: 'envoy',
    SERVE_API_TRUSTED_PROXIES: '10.0.0.0/8',
  })
  const { config, restart } = changeTo(next, started)
  assert.deepEqual(restart, [])
  assert.deepEqual(config, next)
})

test('a setting that needs a restart keeps its value, and is named', async () => {
  const started = await configOf({})
  const next = await configOf({
    SERVE_API_PORT: '1234',
    LOG_LEVEL: 'debug',
    LIMITS_PATH_BYTES: '99',
    AUTHENTICATORS_NOOP_ENABLED: 'true',
  })
  const { config, restart } = changeTo(next, started)
  assert.deepEqual(restart.toSorted(), ['limits.path.bytes', 'log.level', 'serve.api.port'])
  assert.equal(config.serve.api.port, 4456)
  assert.equal(config.limits.path.bytes, 16_384)
  assert.equal(config.authenticators.noop.enabled, true)
})

test('the same configuration changes nothing', async () => {
  const started = await configOf({})
  const { config, restart } = changeTo(await configOf({}), started)
  assert.deepEqual(restart, [])
  assert.deepEqual(config, started)
})

test('the times of key sets need a restart, the rest of jwt does not', async () => {
  const jwt = (ttl: string, issuer: string) =>
    configOf({
      AUTHENTICATORS_JWT_ENABLED: 'true',
      AUTHENTICATORS_JWT_CONFIG: JSON.stringify({
        jwks_urls: ['https://h/k'],
        jwks_ttl: ttl,
        trusted_issuers: [issuer],
      }),
    })
  const { config, restart } = changeTo(await jwt('2m', 'b'), await jwt('1m', 'a'))
  assert.deepEqual(restart, ['authenticators.jwt.config.jwks_ttl'])
  assert.deepEqual(config.authenticators.jwt.config?.trusted_issuers, ['b'])
})
