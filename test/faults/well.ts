import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { type Areas, adminToken, bearer } from '../abuse/areas.ts'
import type { Child } from '../support/child.ts'
import { ask } from '../support/raw-http.ts'
import { longestWait } from '../support/until.ts'

const mebibyte = 2 ** 20
/** An idle server uses a fifth of it. */
const mostMemory = 600 * mebibyte

/**
 * Run after any fault: the server is alive and reports it, decides correctly at both doors, and its memory has not
 * grown too much.
 */
export async function assertWell(areas: Areas): Promise<void> {
  const { oarlock, decisions, grpc } = areas
  assert.ok(oarlock.running(), oarlock.log().slice(-2000))
  assert.equal((await ask(oarlock.api, { target: '/health/alive' })).status, 200)
  for (const way of [decisions, grpc]) {
    assert.equal(await way({ target: '/public' }), 'public')
    assert.equal(await way({ target: '/admin' }), 401)
    assert.equal(await way({ target: '/admin', headers: [bearer(adminToken)] }), 'admin')
  }
  await assertSmall(oarlock)
  assert.doesNotMatch(oarlock.log(), /Unhandled|Uncaught|A request failed because of a bug/i)
}

/** A busy machine collects garbage late. What accumulates is there after any time. */
async function assertSmall(oarlock: Child): Promise<void> {
  const deadline = Date.now() + longestWait
  while (residentBytes(oarlock) >= mostMemory) {
    const left = Math.round(residentBytes(oarlock) / mebibyte)
    assert.ok(Date.now() < deadline, `${left} MiB`)
    await wait(50)
  }
}

/** Memory in use, in bytes. */
const residentBytes = ({ pid }: Child): number => {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(found?.[1]) * 1024
}

/** Repeats the request until the answer is the expected one. */
export async function until<T>(ask: () => Promise<T>, expected: T): Promise<void> {
  const deadline = Date.now() + longestWait
  for (;;) {
    const found = await ask()
    if (found === expected) return
    if (Date.now() > deadline) assert.equal(found, expected, 'the answer stays the same')
    await wait(50)
  }
}
