import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { rowsOf } from '../../../.ci/handler-docs/fields.ts'
import { type Documented, handlers } from '../../../.ci/handler-docs/kinds.ts'
import { configPath, ruleParts, variableOf } from '../../../.ci/handler-docs/page.ts'
import { run } from '../../../src/cli/run.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { root, temporaryFolder } from '../../support/folder.ts'

interface Example {
  readonly global?: Readonly<Record<string, unknown>>
  readonly rule: object
}

const examples = parse(readFileSync(join(root, 'docs/handlers/examples.yaml'), 'utf8')) as Readonly<
  Record<string, Readonly<Record<string, Example>>>
>

/** The configuration that an example needs to be complete. */
const base = {
  authenticators: { anonymous: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: { noop: { enabled: true } },
}
const plainRule = {
  id: 'example',
  match: { hosts: ['{tenant}.example'], paths: ['/{rest...}'], methods: ['GET'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
}

function nested(path: readonly string[], value: unknown, under: object = {}): object {
  const [head, ...rest] = path
  if (head === undefined) return value as object
  const inner = (under as Record<string, object>)[head] ?? {}
  return { ...under, [head]: nested(rest, value, inner) }
}

async function validate(t: TestContext, handler: Documented, example: Example) {
  const folder = temporaryFolder(t)
  const rule = { ...plainRule, ...ruleParts(handler, example.rule) }
  writeFileSync(join(folder, 'rules.yaml'), stringify([rule]))
  const own = nested(configPath(handler), { enabled: true, config: example.global }, base)
  const config = { ...own, access_rules: { repositories: [`file://${folder}/rules.yaml`] } }
  const file = join(folder, 'oarlock.yaml')
  writeFileSync(file, stringify(config))
  const lines: string[] = []
  const output = {
    out: (text: string) => lines.push(text),
    err: (text: string) => lines.push(text),
  }
  return { code: await run(['validate', '-c', file], output), text: lines.join('') }
}

for (const handler of handlers) {
  const { folder, name, kind, header } = handler
  test(`${folder}.${name}: the page has a summary, outcomes and a text for every setting`, () => {
    assert.ok(header.summary.endsWith('.'), header.summary)
    assert.ok(header.parts.has('Gives') || header.parts.has('Fails with'))
    if (kind.unchecked) return
    for (const row of rowsOf(kind)) assert.ok(row.text.length > 5, row.name)
  })

  test(`${folder}.${name}: the example is valid`, async t => {
    const example = examples[folder]?.[name]
    assert.ok(example, 'there is no example')
    const { code, text } = await validate(t, handler, example)
    assert.deepEqual([code, /1 rule is valid, 0 problems/.test(text)], [0, true], text)
  })

  test(`${folder}.${name}: the environment variables of its page are read`, async () => {
    const path = configPath(handler)
    const enabled = variableOf([...path, 'enabled'])
    const [row] = kind.unchecked ? [] : rowsOf(kind)
    const setting = row && variableOf([...path, 'config', row.name])
    const outcome = await loadConfig({
      files: [],
      env: { [enabled]: 'no boolean', ...(setting === undefined ? {} : { [setting]: 'x' }) },
    })
    assert.ok(outcome.kind === 'invalid')
    const found = JSON.stringify(outcome.issues)
    assert.ok(found.includes(enabled), found)
  })
}

test('there are no other examples', () => {
  const names = Object.entries(examples).flatMap(([folder, of]) =>
    Object.keys(of).map(name => `${folder}.${name}`),
  )
  assert.deepEqual(names.sort(), handlers.map(({ folder, name }) => `${folder}.${name}`).sort())
})
