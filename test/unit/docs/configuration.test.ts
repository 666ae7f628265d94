/** The page of all keys: its examples are valid, and a change of a key has the effect that the page states. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { handlerKeys, sections } from '../../../.ci/config-docs/keys.ts'
import type { Config } from '../../../src/config/config.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { changeTo, effectOf } from '../../../src/config/restart.ts'
import { isJsonObject, type JsonValue } from '../../../src/lib/json.ts'
import { isKey } from '../../support/config-keys.ts'
import { root } from '../../support/folder.ts'

const example = join(root, 'docs/configuration-example.yaml')

async function configOf(...files: readonly string[]): Promise<Config> {
  const outcome = await loadConfig({ files, env: {} })
  assert.ok(outcome.kind === 'config', JSON.stringify(outcome))
  assert.deepEqual(outcome.warnings, [])
  return outcome.config
}

test('the examples together are one valid configuration', async () => {
  assert.equal((await configOf(example)).serve.shutdown.drain, '10s')
})

const keys = sections.flatMap(section => section.keys)

test('every key of a section has a description, and exists', () => {
  assert.ok(keys.length > 100, `${keys.length} keys`)
  const others = handlerKeys.flatMap(handler => handler.keys)
  assert.ok(others.length > 80, `${others.length} settings of handlers`)
  for (const { path, text, type } of [...keys, ...others]) {
    assert.ok(text.length > 5 && type !== '', path)
  }
  assert.deepEqual(
    keys.map(({ path }) => path).filter(path => !isKey(path)),
    [],
  )
})

const isBelow = (key: string, section: string): boolean =>
  key === section || section.startsWith(`${key}.`) || key.startsWith(`${section}.`)

function valueAt(config: Config, path: string): JsonValue | undefined {
  return path
    .split('.')
    .reduce<JsonValue | undefined>(
      (at, name) => (isJsonObject(at) ? at[name] : undefined),
      config as unknown as JsonValue,
    )
}

test('a change has the effect that the page states', async () => {
  const [started, next] = [await configOf(), await configOf(example)]
  const { config, restart } = changeTo(next, started)
  const differ = keys.filter(
    ({ path }) => JSON.stringify(valueAt(started, path)) !== JSON.stringify(valueAt(next, path)),
  )
  assert.ok(differ.length > 60, `${differ.length} keys differ`)
  for (const { path } of differ) {
    const effect = effectOf(path)
    const isNamed = restart.some(key => isBelow(path, key))
    assert.equal(isNamed, effect === 'restart', path)
    const expected = valueAt(effect === 'reload' ? next : started, path)
    assert.deepEqual(valueAt(config, path), expected, path)
  }
})

test('a setting that is read once, below a section that is reloaded, needs a restart', () => {
  assert.equal(effectOf('authenticators.jwt.config.jwks_ttl'), 'restart')
  assert.equal(effectOf('authenticators.jwt.config.jwks_urls'), 'reload')
  assert.equal(effectOf('serve.api.trusted_proxies_of_others'), 'restart')
  assert.equal(effectOf('profiling'), 'none')
})
