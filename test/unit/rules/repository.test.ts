import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createRepository } from '../../../src/rules/repository.ts'

function fileWith(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'rules.json')
  writeFileSync(file, text)
  return file
}

const inline = (text: string): string => `inline://${Buffer.from(text).toString('base64')}`

test('rules of several sources come in the order of the sources', async t => {
  const file = fileWith(t, '[{"id":"a"},{"id":"b"}]')
  const { definitions, reports } = await createRepository([
    `file://${file}`,
    inline('[{"id":"c"}]'),
  ]).load()
  assert.deepEqual(
    definitions.map(({ id }) => id),
    ['a', 'b', 'c'],
  )
  assert.deepEqual(
    reports.map(({ rules, problem }) => [rules, problem]),
    [
      [2, undefined],
      [1, undefined],
    ],
  )
})

test('a plain path and file:// in any case are files', async t => {
  const file = fileWith(t, '[{"id":"a"}]')
  for (const location of [file, `file://${file}`, `FILE://${file}`]) {
    assert.equal((await createRepository([location]).load()).definitions.length, 1, location)
  }
})

test('a document that breaks keeps the rules it had; one that empties loses them', async t => {
  const file = fileWith(t, '[{"id":"a"}]')
  const repository = createRepository([file])
  await repository.load()
  writeFileSync(file, '[{"id":')
  const broken = await repository.load()
  assert.equal(broken.definitions.length, 1)
  assert.match(broken.reports[0]?.problem ?? '', /neither JSON nor YAML/)
  rmSync(file)
  assert.equal((await repository.load()).definitions.length, 1)
  writeFileSync(file, '')
  assert.equal((await repository.load()).definitions.length, 0)
})

test('a file that is missing is reported and may still come', async () => {
  const { definitions, reports } = await createRepository(['file:///no/such/rules.json']).load()
  assert.deepEqual(definitions, [])
  assert.match(reports[0]?.problem ?? '', /ENOENT/)
  assert.equal(reports[0]?.fatal, false)
})

for (const location of [
  'inline://%%%',
  'inline://W10',
  inline('{"id":1}'),
  'ftp://h/rules',
  's3://bucket/rules',
]) {
  test(`a source that cannot mend itself is fatal: ${location}`, async () => {
    const { reports } = await createRepository([location]).load()
    assert.equal(reports[0]?.fatal, true)
    assert.ok(reports[0]?.problem)
  })
}
