import assert from 'node:assert/strict'
import type { watch } from 'node:fs'
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fingerprintOf } from '../../../src/lib/path-chain.ts'
import { type WatchOptions, watchPath } from '../../../src/lib/watch-path.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { until } from '../../support/until.ts'

interface Watched {
  readonly calls: () => number
  /** Runs the action and waits until a change was reported. */
  readonly after: (change: () => void, what: string) => Promise<void>
}

const quick: WatchOptions = { quiet: 10, longest: 100, poll: 20 }

function watched(t: TestContext, path: string, options: WatchOptions = quick): Watched {
  let count = 0
  t.after(watchPath(path, () => count++, options))
  return {
    calls: () => count,
    after: async (change, what) => {
      const before = count
      change()
      await until(() => count > before, what)
    },
  }
}

test('a file is written, appended to, replaced, deleted and created again', async t => {
  const file = join(temporaryFolder(t), 'rules.json')
  writeFileSync(file, 'a')
  const { after } = watched(t, file)
  await after(() => writeFileSync(file, 'b'), 'it was written')
  await after(() => appendFileSync(file, 'c'), 'it was appended to')
  writeFileSync(`${file}.new`, 'd')
  await after(() => renameSync(`${file}.new`, file), 'it was replaced')
  await after(() => appendFileSync(file, 'e'), 'the new file was appended to')
  await after(() => rmSync(file), 'it was deleted')
  await after(() => writeFileSync(file, 'f'), 'it was created again')
})

test('other changes in its folder are not reported', async t => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'rules.json')
  writeFileSync(file, 'a')
  const { calls, after } = watched(t, file)
  writeFileSync(join(folder, 'other.json'), 'x')
  mkdirSync(join(folder, 'more'))
  await after(() => writeFileSync(file, 'b'), 'it was written')
  assert.equal(calls(), 1)
})

/** As the kubelet does it: the files are links into `..data`, which is a link that is replaced. */
function swapVolume(folder: string, version: string, text: string): void {
  const data = join(folder, `..${version}`)
  mkdirSync(data)
  writeFileSync(join(data, 'rules.json'), text)
  symlinkSync(`..${version}`, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
}

for (const kind of ['file', 'folder'] as const) {
  test(`the link swap of a Kubernetes volume is reported: ${kind}`, async t => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'rules.json')
    swapVolume(folder, '1', 'one')
    symlinkSync('..data/rules.json', file)
    const { after } = watched(t, kind === 'file' ? file : folder)
    for (const version of ['2', '3', '4']) {
      await after(() => swapVolume(folder, version, version), `version ${version} came`)
      assert.equal(readFileSync(file, 'utf8'), version)
      rmSync(join(folder, `..${Number(version) - 1}`), { recursive: true })
    }
  })
}

test('a missing folder in the path is reported when it appears', async t => {
  const folder = join(temporaryFolder(t), 'a', 'b')
  const file = join(folder, 'rules.json')
  const { after, calls } = watched(t, file)
  await after(() => mkdirSync(folder, { recursive: true }), 'the folder appeared')
  await after(() => writeFileSync(file, 'a'), 'the file appeared')
  await after(() => rmSync(folder, { recursive: true }), 'the folder was removed')
  await after(() => mkdirSync(folder), 'the folder is back')
  const before = calls()
  writeFileSync(file, 'b')
  await until(() => calls() > before, 'the file is back')
})

test('a replaced link in the path is reported', async t => {
  const root = temporaryFolder(t)
  for (const release of ['one', 'two']) {
    mkdirSync(join(root, release))
    writeFileSync(join(root, release, 'rules.json'), release)
  }
  symlinkSync('one', join(root, 'current'))
  const { after } = watched(t, join(root, 'current', 'rules.json'))
  const swap = (): void => {
    symlinkSync('two', join(root, 'next'))
    renameSync(join(root, 'next'), join(root, 'current'))
  }
  await after(swap, 'the link was replaced')
  await after(() => writeFileSync(join(root, 'two', 'rules.json'), 'x'), 'the new file was written')
})

test('in a folder every file is watched, and the targets of links', async t => {
  const [folder, elsewhere] = [temporaryFolder(t), temporaryFolder(t)]
  const target = join(elsewhere, 'target.json')
  writeFileSync(target, 'a')
  symlinkSync(target, join(folder, 'link.json'))
  const { after } = watched(t, folder)
  await after(() => writeFileSync(join(folder, 'a.json'), 'a'), 'a file was added')
  await after(() => writeFileSync(join(folder, 'a.json'), 'b'), 'it was written')
  await after(() => writeFileSync(target, 'b'), 'the target of a link was written')
  await after(() => rmSync(join(folder, 'a.json')), 'a file was removed')
})

test('many changes are reported once, and no later than the longest wait', async t => {
  const file = join(temporaryFolder(t), 'rules.json')
  writeFileSync(file, '')
  const { calls } = watched(t, file, { quiet: 60, longest: 250 })
  for (let i = 0; i < 10; i++) appendFileSync(file, 'x')
  await until(() => calls() > 0, 'it was reported')
  assert.equal(calls(), 1)
  const from = performance.now()
  while (calls() === 1 && performance.now() - from < 5000) {
    appendFileSync(file, 'x')
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  assert.ok(performance.now() - from < 4000)
})

test('links in a circle do not stop the watch', t => {
  const folder = temporaryFolder(t)
  symlinkSync('b', join(folder, 'a'))
  symlinkSync('a', join(folder, 'b'))
  const { calls } = watched(t, join(folder, 'a'))
  assert.equal(calls(), 0)
  assert.equal(fingerprintOf(join(folder, 'a')), fingerprintOf(join(folder, 'a')))
})

const exhausted = (() => {
  throw Object.assign(new Error('no more watches'), { code: 'ENOSPC' })
}) as typeof watch

test('if the kernel cannot watch, the path is polled', async t => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'rules.json')
  const { after } = watched(t, file, { ...quick, watch: exhausted })
  await after(() => writeFileSync(file, 'a'), 'it appeared')
  await after(() => writeFileSync(file, 'longer'), 'it was written')
  const inFolder = watched(t, folder, { ...quick, watch: exhausted })
  await inFolder.after(() => writeFileSync(file, 'longer still'), 'a file in it was written')
})

test('after it was closed nothing is reported', async t => {
  const file = join(temporaryFolder(t), 'rules.json')
  writeFileSync(file, 'a')
  let calls = 0
  const end = watchPath(file, () => calls++, quick)
  writeFileSync(file, 'b')
  end()
  const other = watched(t, file)
  await other.after(() => writeFileSync(file, 'c'), 'another watcher was called')
  assert.equal(calls, 0)
})
