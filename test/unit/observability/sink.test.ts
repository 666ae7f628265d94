import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createSink } from '../../../src/observability/sink.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { processorTime } from '../../support/processor-time.ts'
import { until } from '../../support/until.ts'

test('lines are written completely and in order, and appended to existing ones', async t => {
  const file = join(temporaryFolder(t), 'log')
  for (let run = 0; run < 2; run++) {
    const sink = createSink({ to: { file }, delay: 1 })
    for (let i = 0; i < 20_000; i++) sink.write(`${run} ${i} \u00e9\n`)
    await sink.close()
    assert.equal(sink.lost(), 0)
  }
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  assert.equal(lines.length, 40_000)
  assert.equal(lines[20_001], '1 1 \u00e9')
})

test('a reader that never reads costs bounded memory and no time', async t => {
  const pipe = join(temporaryFolder(t), 'pipe')
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  const problems: string[] = []
  const sink = createSink({
    to: { file: pipe },
    most: 200_000,
    onLost: problem => problems.push(problem),
  })
  const start = processorTime()
  for (let i = 0; i < 10_000; i++) sink.write(`${'x'.repeat(99)}\n`)
  assert(processorTime() - start < 500)
  assert(sink.lost() >= 7000, `${sink.lost()}`)
  assert.equal(problems.length, 1)
  await sink.close(50)
  closeSync(reader)
})

test('a file that cannot be written is reported, and its lost lines are counted', async () => {
  const problems: string[] = []
  const sink = createSink({ to: { file: '/dev/full' }, onLost: problem => problems.push(problem) })
  sink.write('a\n')
  sink.write('b\n')
  await sink.close()
  assert.equal(sink.lost(), 2)
  assert.match(problems.join(), /ENOSPC/)
})

const numbersIn = (file: string): readonly number[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(Number)

test('a file that was moved away is opened again within a second, and no line is lost', async t => {
  const folder = temporaryFolder(t)
  const [file, moved] = [join(folder, 'log'), join(folder, 'log.1')]
  const sink = createSink({ to: { file }, delay: 1 })
  let count = 0
  const say = async (): Promise<void> => {
    sink.write(`${count}\n`)
    count += 1
    await wait(5)
  }
  while (count < 20) await say()
  await until(() => existsSync(file), 'the first lines are written')
  renameSync(file, moved)
  const start = processorTime()
  while (!existsSync(file) && processorTime() - start < 20_000) await say()
  for (let more = 0; more < 20; more++) await say()
  await sink.close()
  assert.equal(sink.lost(), 0)
  const [before, after] = [numbersIn(moved), numbersIn(file)]
  assert.ok(before.length >= 20 && after.length >= 20, `${before.length} and ${after.length}`)
  assert.deepEqual(
    [...before, ...after],
    Array.from({ length: count }, (_, i) => i),
  )
})

test('if the file cannot be opened again, lines go to the file that is open', async t => {
  const folder = temporaryFolder(t)
  const inner = join(folder, 'logs')
  mkdirSync(inner)
  const sink = createSink({ to: { file: join(inner, 'log') }, delay: 1 })
  sink.write('1\n')
  renameSync(inner, join(folder, 'gone'))
  await wait(1100)
  sink.write('2\n')
  await sink.close()
  assert.equal(sink.lost(), 0)
  assert.deepEqual(numbersIn(join(folder, 'gone/log')), [1, 2])
})

test('a sink that was closed before it could write writes to no other file', async t => {
  const folder = temporaryFolder(t)
  const pipe = join(folder, 'pipe')
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  const sink = createSink({ to: { file: pipe } })
  for (let i = 0; i < 10_000; i++) sink.write(`${'x'.repeat(99)}\n`)
  await sink.close(50)
  // If the sink closed its descriptor, one of these has its number now.
  await wait(50)
  const files = Array.from({ length: 5 }, (_, i) => join(folder, `${i}`))
  const open = files.map(file => openSync(file, 'a'))
  closeSync(reader)
  await wait(300)
  for (const descriptor of open) closeSync(descriptor)
  for (const file of files) assert.equal(readFileSync(file, 'utf8').length, 0)
})
