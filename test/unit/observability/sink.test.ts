import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createSink } from '../../../src/observability/sink.ts'
import { temporaryFolder } from '../../support/folder.ts'

test('lines arrive whole and in order, and are appended to what is there', async t => {
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
  const start = performance.now()
  for (let i = 0; i < 10_000; i++) sink.write(`${'x'.repeat(99)}\n`)
  assert(performance.now() - start < 500)
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
