import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf } from '../../src/lib/bytes.ts'
import type { Allow } from '../../src/model/decision.ts'
import { decisions, engine, forwarded, grpc, type Outcome } from './doors.ts'
import { type Case, type DoorName, parseCases } from './run-case.ts'

const folder = new URL('.', import.meta.url)
const files = readdirSync(folder).filter(name => name.endsWith('.yaml'))
const doors = { engine, decisions, forwarded, grpc } as const
const everyDoor = Object.keys(doors) as DoorName[]

for (const file of files) {
  for (const tested of parseCases(readFileSync(new URL(file, folder), 'utf8'))) {
    for (const door of tested.doors ?? everyDoor) {
      test(`${file}: ${tested.name}, by ${door}`, async t => {
        assertExpected(tested, await doors[door](t, tested))
      })
    }
  }
}

test('there are cases', () => assert.ok(files.length > 0))

/** A decision that is as expected may have timers, which are not JSON. */
function assertAllowed(decision: Outcome['decision']): asserts decision is Allow {
  if (decision.kind === 'deny') assert.fail(JSON.stringify(decision))
}

function assertExpected({ expect }: Case, { status, headers, remove, decision }: Outcome): void {
  if ('status' in expect) {
    assert.equal(
      status,
      expect.status,
      JSON.stringify(decision.kind === 'deny' ? decision.failure : 'allowed'),
    )
    assert.ok(decision.kind === 'deny')
    if (expect.code) assert.equal(decision.failure.code, expect.code)
    return
  }
  assertAllowed(decision)
  assert.equal(status, 200)
  if (expect.rule) assert.equal(decision.rule, expect.rule)
  for (const [name, value] of Object.entries(expect.headers ?? {})) {
    assert.equal(headers[name.toLowerCase()], bytesOf(value), name)
  }
  for (const name of expect.remove ?? [])
    assert.ok(remove.includes(name.toLowerCase()), `${name} is not removed`)
}
