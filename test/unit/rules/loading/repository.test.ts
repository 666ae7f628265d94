import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { LightSignal } from '../../../../src/lib/signal.ts'
import { createHttp } from '../../../../src/outbound/http.ts'
import {
  createRepository,
  everything,
  failing,
  files,
  type Loaded,
  onlyNew,
  type Repository,
  remote,
} from '../../../../src/rules/loading/repository.ts'
import { fileSource } from '../../../../src/rules/loading/sources/file.ts'
import { testDeps } from '../../../support/deps.ts'
import { temporaryFolder } from '../../../support/folder.ts'
import { stubServer } from '../../../support/stub-server.ts'
import { until } from '../../../support/until.ts'

function fileWith(t: TestContext, text: string): string {
  const file = join(temporaryFolder(t), 'rules.json')
  writeFileSync(file, text)
  return file
}

const inline = (text: string): string => `inline://${Buffer.from(text).toString('base64')}`

async function load(repository: Repository, locations: readonly string[]): Promise<Loaded> {
  await repository.read(locations, { which: everything })
  return repository.loaded(locations)
}

const loadOnce = (...locations: string[]): Promise<Loaded> =>
  load(createRepository(testDeps), locations)

const idsOf = ({ definitions }: Loaded): readonly string[] => definitions.map(({ id }) => id)

test('rules of several sources are in the order of the sources', async t => {
  const file = fileWith(t, '[{"id":"a"},{"id":"b"}]')
  const loaded = await loadOnce(`file://${file}`, inline('[{"id":"c"}]'))
  assert.deepEqual(idsOf(loaded), ['a', 'b', 'c'])
  assert.deepEqual(
    loaded.reports.map(({ rules, problem }) => [rules, problem]),
    [
      [2, undefined],
      [1, undefined],
    ],
  )
})

test('a plain path and file:// in any case are files', async t => {
  const file = fileWith(t, '[{"id":"a"}]')
  for (const location of [file, `file://${file}`, `FILE://${file}`]) {
    assert.deepEqual(idsOf(await loadOnce(location)), ['a'], location)
  }
})

test('file:// is a URL: escapes are decoded, query and fragment are ignored; a plain path is not a URL', async t => {
  const folder = join(temporaryFolder(t), 'my rules')
  mkdirSync(folder)
  writeFileSync(join(folder, 'r.json'), '[{"id":"a"}]')
  const escaped = folder.replaceAll(' ', '%20')
  for (const location of [
    `file://${escaped}/r.json`,
    `file://${escaped}%2Fr.json`,
    `file://${folder}/%72.json?x=1#y`,
    `file://${folder}/r.json`,
    `${folder}/r.json`,
  ]) {
    assert.deepEqual(idsOf(await loadOnce(location)), ['a'], location)
  }
  for (const location of [`${escaped}/r.json`, `file://${folder}/%zz.json`]) {
    assert.deepEqual(idsOf(await loadOnce(location)), [], location)
  }
})

test('a broken document keeps its last good rules; an empty one removes them', async t => {
  const file = fileWith(t, '[{"id":"a"}]')
  const repository = createRepository(testDeps)
  await load(repository, [file])
  writeFileSync(file, '[{"id":')
  const broken = await load(repository, [file])
  assert.deepEqual(idsOf(broken), ['a'])
  assert.match(broken.reports[0]?.problem ?? '', /neither JSON nor YAML/)
  assert.equal(broken.reports[0]?.loaded, true)
  rmSync(file)
  assert.deepEqual(idsOf(await load(repository, [file])), ['a'])
  writeFileSync(file, '')
  const emptied = await load(repository, [file])
  assert.deepEqual([idsOf(emptied), emptied.reports[0]?.problem], [[], undefined])
})

test('a missing file is reported and may still appear', async () => {
  const { definitions, reports } = await loadOnce('file:///no/such/rules.json')
  assert.deepEqual(definitions, [])
  assert.match(reports[0]?.problem ?? '', /ENOENT/)
  assert.deepEqual([reports[0]?.reach, reports[0]?.loaded], ['file', false])
})

for (const location of [
  'inline://%%%',
  'inline://W10',
  inline('{"id":1}'),
  'ftp://h/rules',
  's3://bucket',
  's3://bucket/rules?colour=red',
  'gs://bucket/%zz',
  'azblob://container/rules?cdn=perhaps',
]) {
  test(`a source that cannot recover by itself is marked: ${location}`, async () => {
    const { reports } = await loadOnce(location)
    assert.equal(reports[0]?.reach, 'fixed')
    assert.ok(reports[0]?.problem)
  })
}

test('a rule that did not change stays the same object', async t => {
  const file = fileWith(t, '[{"id":"a"},{"id":"b"}]')
  const repository = createRepository(testDeps)
  const [a, b] = (await load(repository, [file])).definitions
  writeFileSync(file, '- {id: new}\n- {id: b}\n- {id: a}\n')
  const after = (await load(repository, [file])).definitions
  assert.equal(after[1], b)
  assert.equal(after[2], a)
})

test('only selected and new sources are read again', async t => {
  const [one, two] = [fileWith(t, '[{"id":"a"}]'), fileWith(t, '[{"id":"b"}]')]
  const repository = createRepository(testDeps)
  await load(repository, [one])
  writeFileSync(one, '[{"id":"changed"}]')
  for (const which of [onlyNew, remote, failing]) {
    await repository.read([one, two], { which })
    assert.deepEqual(idsOf(repository.loaded([one, two])), ['a', 'b'])
  }
  await repository.read([one, two], { which: files })
  assert.deepEqual(idsOf(repository.loaded([one, two])), ['changed', 'b'])
})

test('a removed source is forgotten', async t => {
  const file = fileWith(t, '[{"id":"a"}]')
  const repository = createRepository(testDeps)
  await load(repository, [file])
  repository.keepOnly([])
  assert.deepEqual(idsOf(repository.loaded([file])), [])
})

test('files are watched, also one that does not exist yet', async t => {
  const file = join(temporaryFolder(t), 'rules.json')
  let changes = 0
  const repository = createRepository({ ...testDeps, onChange: () => changes++ })
  t.after(() => repository.close())
  await load(repository, [file])
  writeFileSync(file, '[]')
  await until(() => changes > 0, 'the file appeared')
})

test('every document of a folder is read, in the order of the names, and each keeps its last good rules', async t => {
  const folder = temporaryFolder(t)
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  write('b.yaml', '- {id: b}\n')
  write('a.json', '[{"id":"a"}]')
  write('c.yml', '- {id: c}\n')
  write('.hidden.json', '[{"id":"hidden"}]')
  write('notes.txt', 'no rules')
  const repository = createRepository(testDeps)
  const location = `file://${folder}/`
  assert.deepEqual(idsOf(await load(repository, [location])), ['a', 'b', 'c'])
  write('b.yaml', '- {id: ')
  write('c.yml', '- {id: changed}\n')
  const broken = await load(repository, [location])
  assert.deepEqual(idsOf(broken), ['a', 'b', 'changed'])
  assert.match(broken.reports[0]?.problem ?? '', /^b\.yaml: neither JSON nor YAML/)
  rmSync(join(folder, 'a.json'))
  assert.deepEqual(idsOf(await load(repository, [location])), ['b', 'changed'])
  for (const name of ['b.yaml', 'c.yml']) rmSync(join(folder, name))
  const emptied = await load(repository, [location])
  assert.deepEqual(idsOf(emptied), ['b', 'changed'])
  assert.match(emptied.reports[0]?.problem ?? '', /contains no rule document/)
})

test('a large document, and one with aliases, is parsed in a thread with the same result', async t => {
  const rules = Array.from({ length: 3000 }, (_, i) => ({ id: `rule ${i} ü`, nonsense: 1 }))
  const large = fileWith(t, JSON.stringify(rules))
  const { definitions, reports } = await loadOnce(large)
  assert.equal(definitions.length, 3000)
  assert.equal(definitions[2999]?.id, Buffer.from('rule 2999 ü').toString('latin1'))
  assert.equal(reports[0]?.warnings.length, 1000)
  const aliases = fileWith(t, '- &x {id: a}\n- *x\n')
  assert.deepEqual(idsOf(await loadOnce(aliases)), ['a', 'a'])
  const broken = fileWith(t, `${JSON.stringify(rules)}]`)
  assert.match((await loadOnce(broken)).reports[0]?.problem ?? '', /neither JSON nor YAML/)
})

test('a file that was just emptied is read again before its rules are dropped', async t => {
  const file = join(temporaryFolder(t), 'rules.json')
  writeFileSync(file, '[]')
  const source = fileSource(`file://${file}`, file)
  const reading = { version: undefined, retry: false, signal: new LightSignal() }
  writeFileSync(file, '')
  const soon = source.read(reading)
  await new Promise(resolve => setTimeout(resolve, 10))
  writeFileSync(file, '[{"id":"a"}]')
  const read = await soon
  assert.ok(read.kind === 'documents')
  assert.equal(Buffer.from(read.documents[0]?.bytes ?? []).toString(), '[{"id":"a"}]')
  writeFileSync(file, '')
  const empty = await source.read(reading)
  assert.ok(empty.kind === 'documents')
  assert.equal(empty.documents[0]?.bytes.length, 0)
})

/** Whether rules may be missing after each of these contents of a file; undefined: there is no file. */
const missesAfter: Readonly<
  Record<string, readonly (readonly [text: string | Buffer | undefined, misses: boolean])[]>
> = {
  'a missing file': [
    [undefined, true],
    ['[{"id":"a"}]', false],
    [undefined, false],
  ],
  'broken YAML': [
    ['[{', true],
    [undefined, true],
    ['[', true],
    ['[]', false],
    ['[{', false],
  ],
  'an object at the top': [['{"id":"a"}', true]],
  'a match that is a list': [['[{"id":"a","match":[]}]', true]],
  'an authorizer that is a list': [['[{"id":"a","authorizer":[{}]}]', true]],
  'an empty file': [['', false]],
  'a rule whose match has a mistake': [['[{"id":"a","match":{"hosts":[]}}]', false]],
}

for (const [name, steps] of Object.entries(missesAfter)) {
  test(`rules are missing as long as nothing of a source was read: ${name}`, async t => {
    const file = join(temporaryFolder(t), 'rules.json')
    const repository = createRepository(testDeps)
    for (const [text, misses] of steps) {
      if (text === undefined) rmSync(file, { force: true })
      else writeFileSync(file, text)
      const { missesRules } = await load(repository, [inline('[{"id":"b"}]'), file])
      assert.equal(missesRules, misses, `${text}`)
    }
  })
}

test('rules are missing while one document of a folder was never valid', async t => {
  const folder = temporaryFolder(t)
  const repository = createRepository(testDeps)
  writeFileSync(join(folder, 'a.json'), '[{"id":"a"}]')
  assert.equal((await load(repository, [folder])).missesRules, false)
  writeFileSync(join(folder, 'b.json'), '[{"id":')
  assert.equal((await load(repository, [folder])).missesRules, true)
  writeFileSync(join(folder, 'b.json'), '[{"id":"b"}]')
  assert.equal((await load(repository, [folder])).missesRules, false)
  writeFileSync(join(folder, 'b.json'), '[{"id":')
  assert.equal((await load(repository, [folder])).missesRules, false)
})

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

for (const [name, bytes] of [
  ['JSON', latin1('[{"id":"caf\xe9"}]')],
  ['YAML', latin1('- id: caf\xe9 # x')],
  ['a large document', latin1(`[{"id":"${'\xe9'.repeat(100_000)}"}]`)],
  ['a cut character', Buffer.concat([Buffer.from('[{"id":"a"}] # '), Buffer.from([0xe2, 0x82])])],
  ['UTF-16', Buffer.from('\ufeff[{"id":"a"}]', 'utf16le')],
] as const) {
  test(`bytes that are not UTF-8 are refused: ${name}`, async t => {
    const file = join(temporaryFolder(t), 'rules.json')
    writeFileSync(file, bytes)
    const { origin } = await stubServer(t, (_, response) => response.end(bytes))
    const http = createHttp({ timeout: 2000, concurrent: 4, bytes: 2 ** 20 })
    t.after(() => http.close())
    const locations = [file, origin, `inline://${bytes.toString('base64')}`]
    const { definitions, reports } = await load(createRepository({ http }), locations)
    assert.equal(definitions.length, 0)
    assert.deepEqual(
      reports.map(({ problem }) => problem),
      locations.map(() => 'found bytes that are not UTF-8, expected UTF-8'),
    )
  })
}
