import assert from 'node:assert/strict'
import { test } from 'node:test'
import { workerOptions } from '../../../src/app/processes/worker-heap.ts'

const mebibyte = 2 ** 20
const own = { workers: 4, heapBytes: 2048 * mebibyte, execArgv: [], nodeOptions: '' }

test('workers share the heap of the process that starts them', () => {
  assert.deepEqual(workerOptions(own).execArgv, ['--max-old-space-size=512'])
})

test('a worker has room for thousands of rules, however many workers there are', () => {
  const { execArgv } = workerOptions({ ...own, workers: 64 })
  assert.deepEqual(execArgv, ['--max-old-space-size=128'])
})

test('a bound of the process itself is not passed on, other options are', () => {
  const options = workerOptions({
    ...own,
    execArgv: ['--max-old-space-size', '900', '--import', './x.mjs', '--max_old_space_size=9'],
    nodeOptions: '--enable-source-maps --max-old-space-size-percentage=40 --trace-gc',
  })
  assert.deepEqual(options, {
    execArgv: ['--import', './x.mjs', '--max-old-space-size=512'],
    nodeOptions: '--enable-source-maps --trace-gc',
  })
})
