/** The generated validators give exactly the issues of validators that are compiled from the schemas now. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { handlers } from '../../../.ci/validators/handlers.ts'
import { configValidator } from '../../../src/config/generated/config-validator.ts'
import { configSchema } from '../../../src/config/schema/root.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts'
import { deepMerge } from '../../../src/lib/merge.ts'
import { type Validate, validateWith } from '../../../src/lib/schema.ts'
import { handlerValidators } from '../../../src/rules/compiling/generated/handler-validators.ts'
import { compileSchema } from '../../support/compile-schema.ts'
import { root } from '../../support/folder.ts'

const read = (file: string): JsonObject => parse(readFileSync(join(root, 'docs', file), 'utf8'))

type Examples = Readonly<
  Record<
    string,
    Readonly<Record<string, { readonly global?: JsonObject; readonly rule: JsonObject }>>
  >
>
const examples = read('handlers/examples.yaml') as unknown as Examples

const switchesOf = (section: string): JsonObject =>
  Object.fromEntries(
    Object.entries(examples[section] ?? {}).map(([name, { global = {}, rule }]) => {
      const config = deepMerge(global, rule)
      return [name, { enabled: true, ...(Object.keys(config as object).length > 0 && { config }) }]
    }),
  )

const sample: JsonObject = {
  ...read('configuration-example.yaml'),
  authenticators: switchesOf('authenticators'),
  authorizers: switchesOf('authorizers'),
  mutators: switchesOf('mutators'),
  errors: { fallback: ['json'], handlers: switchesOf('errors') },
}

const odd: readonly JsonValue[] = [
  null,
  true,
  -1,
  1.5,
  '',
  'x y\\',
  '😀',
  [],
  [null, null],
  ['a', 'a'],
  {},
  { zzz: 1 },
]

/** The value itself, and each that differs from it in one place: another value, none, an unknown key beside it. */
function* variantsOf(value: JsonValue): Generator<JsonValue> {
  yield value
  yield* odd
  if (Array.isArray(value)) yield* listsLike(value)
  else if (isJsonObject(value)) yield* objectsLike(value)
}

function* listsLike(list: readonly JsonValue[]): Generator<JsonValue> {
  yield [...list, ...list]
  for (const [i, item] of list.entries()) {
    for (const variant of variantsOf(item)) yield list.with(i, variant)
  }
}

function* objectsLike(object: JsonObject): Generator<JsonValue> {
  yield { ...object, unknown: 1 }
  for (const [key, item] of Object.entries(object)) {
    const { [key]: _, ...rest } = object
    yield rest
    for (const variant of variantsOf(item)) yield { ...object, [key]: variant }
  }
}

function compare(generated: Validate, compiled: Validate, value: JsonValue): number {
  let different = 0
  for (const variant of variantsOf(value)) {
    const issues = generated(variant)
    assert.deepEqual(issues, compiled(variant), JSON.stringify(variant))
    if (issues.length > 0) different += 1
  }
  return different
}

test('of configurations with one mistake anywhere', () => {
  assert.deepEqual(validateWith(configValidator)(sample), [])
  assert.ok(compare(validateWith(configValidator), compileSchema(configSchema), sample) > 3000)
})

const sections: Readonly<Record<string, string>> = {
  authenticator: 'authenticators',
  authorizer: 'authorizers',
  mutator: 'mutators',
  error: 'errors',
}

for (const { name, schema } of handlers) {
  test(`of configs of ${name} with one mistake anywhere`, () => {
    const [, stage = '', kind = ''] = /^([a-z]+)_(.*)$/.exec(name) ?? []
    const { global = {}, rule } = examples[sections[stage] ?? '']?.[kind] ?? assert.fail(name)
    const check = handlerValidators[name] ?? assert.fail(name)
    compare(validateWith(check), compileSchema(schema), deepMerge(global, rule))
  })
}

test('several mistakes at once', () => {
  const [generated, compiled] = [validateWith(configValidator), compileSchema(configSchema)]
  const half = (value: JsonValue, wrong: JsonValue): JsonValue =>
    isJsonObject(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, item], i) => [
            key,
            i % 2 === 0 ? half(item, wrong) : wrong,
          ]),
        )
      : wrong
  for (const wrong of odd)
    assert.deepEqual(generated(half(sample, wrong)), compiled(half(sample, wrong)))
})
