import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesOf } from '../../src/lib/bytes.ts'
import type { Allow } from '../../src/model/decision.ts'
import { decisions, engine, forwarded, grpc, type Outcome } from './doors.ts'
import { type Case, type DoorName, type Expectation, parseCases } from './run-case.ts'

type Denial = Extract<Expectation, { readonly status: number }>
type Expected<Kind> = Kind extends 'denial' ? Denial : Exclude<Expectation, Denial>

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
function assertIsAllow(decision: Outcome['decision']): asserts decision is Allow {
  if (decision.kind === 'deny') assert.fail(JSON.stringify(decision))
}

function assertExpected({ expect }: Case, outcome: Outcome): void {
  if ('status' in expect) assertDenied(expect, outcome)
  else assertAllowed(expect, outcome)
}

function assertDenied(expect: Expected<'denial'>, { status, decision }: Outcome): void {
  assert.equal(
    status,
    expect.status,
    JSON.stringify(decision.kind === 'deny' ? decision.failure : 'allowed'),
  )
  assert.ok(decision.kind === 'deny')
  if (expect.code) assert.equal(decision.failure.code, expect.code)
}

function assertAllowed(expect: Expected<'allow'>, outcome: Outcome): void {
  const { status, headers, remove, response, decision } = outcome
  assertIsAllow(decision)
  assert.equal(status, 200)
  if (expect.rule) assert.equal(decision.rule, expect.rule)
  for (const [name, value] of Object.entries(expect.headers ?? {}))
    assert.equal(headers[name.toLowerCase()], bytesOf(value), name)
  for (const name of expect.remove ?? [])
    assert.ok(remove.includes(name.toLowerCase()), `${name} is not removed`)
  for (const [name, values] of Object.entries(expect.response ?? {}))
    assert.deepEqual(response.get(name.toLowerCase()) ?? [], values, name)
  assertQuery(expect, outcome)
}

function assertQuery({ query: expected }: Expected<'allow'>, { query }: Outcome): void {
  if (expected === undefined || query === undefined) return
  assert.deepEqual(Object.fromEntries(query.set), expected.set ?? {})
  assert.deepEqual([...query.remove].sort(), [...(expected.remove ?? [])].sort())
}
