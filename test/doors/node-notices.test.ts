/** The built program warns once if its version of Node is past its end of life, with any number of processes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { launchOarlock } from '../support/oarlock.ts'
import { until } from '../support/until.ts'

const [major] = process.versions.node.split('.')
const expected = major === '20' ? 1 : 0

for (const workers of [1, 2]) {
  test(`Node ${major}, ${workers} workers: ${expected} lines about the version of Node`, async t => {
    const oarlock = await launchOarlock(t, { config: { serve: { workers } } })
    await until(() => /Oarlock is listening/.test(oarlock.log()), 'it listens')
    const lines = oarlock.log().match(/level=warning msg="Node \d+ is past its end of life.*/g)
    assert.equal(lines?.length ?? 0, expected, oarlock.log())
  })
}
