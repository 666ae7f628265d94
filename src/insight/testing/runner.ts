/** Runs test files: one configuration is compiled once for all its tests. */
import type { Config } from '../../config/config.ts'
import { decide } from '../../engine/decide.ts'
import { type AskedRequest, askedRequest } from '../../explain/asked.ts'
import type { DoorAnswer, ExplainedDoor } from '../../explain/doors/contract.ts'
import { createGuard, type Guard } from '../../explain/outside.ts'
import { type DecisionRecord, recordDecision } from '../../explain/record.ts'
import { type JsonObject, toByteStrings } from '../../lib/json.ts'
import type { Decision } from '../../model/decision.ts'
import { type Failure, failureStatus } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import { ownHeaders } from '../../model/session.ts'
import { type Offline, openOffline } from '../offline/open.ts'
import { createRunKeys, type RunKeys } from '../offline/run-keys.ts'
import { readStubs, type Stubs } from '../offline/stubs.ts'
import { usualClaims, wishOf, withToken } from '../offline/token.ts'
import type { Case, TestDoor } from './case.ts'
import { differencesOf } from './expected.ts'

export interface CaseResult {
  readonly case: Case
  readonly passed: boolean
  /** Why it was not run. */
  readonly skipped?: string
  /** What differs, a sentence each. */
  readonly problems: readonly string[]
  /** Milliseconds. */
  readonly took: number
}

export interface Runner {
  readonly offline: Offline
  run(one: Case): Promise<CaseResult>
  /** Stubs that answered no call of any case, such as `GET http://a/`. */
  unusedStubs(): readonly string[]
  close(): Promise<void>
}

/** What happened in a case, for the coverage. */
export type OnRecord = (record: DecisionRecord) => void

interface Running {
  readonly config: Config
  readonly offline: Offline
  readonly guard: Guard
  readonly keys: RunKeys
  readonly clock: { now: number }
  readonly stubs: { current: Stubs }
  /** By name, whether it answered a call. */
  readonly usedStubs: Map<string, boolean>
  readonly onRecord: OnRecord
}

const noStubs: Stubs = { find: () => undefined, unused: () => [] }

/** Rejects with an Error that names the key when the rules cannot be read. */
export async function createRunner(
  config: Config,
  onRecord: OnRecord = () => undefined,
): Promise<Runner> {
  const clock = { now: Date.now() }
  const stubs = { current: noStubs }
  const keys = createRunKeys()
  const guard = createGuard({
    stubFor: (method, url) => stubs.current.find(method, url),
    live: false,
  })
  const offline = await openOffline({
    config,
    guard,
    keySets: keys.keySets,
    now: () => clock.now,
    independent: true,
  })
  const usedStubs = new Map<string, boolean>()
  const running = { config, offline, guard, keys, clock, stubs, usedStubs, onRecord }
  return {
    offline,
    run: one => runCase(running, one),
    unusedStubs: () => [...usedStubs].filter(([, isUsed]) => !isUsed).map(([name]) => name),
    close: () => offline.close(),
  }
}

async function runCase(running: Running, one: Case): Promise<CaseResult> {
  const start = performance.now()
  const problems = one.skip === undefined ? await problemsOf(running, one) : []
  const skipped = one.skip === undefined ? {} : { skipped: one.skip }
  const took = performance.now() - start
  return { case: one, passed: problems.length === 0, ...skipped, problems, took }
}

async function problemsOf(running: Running, one: Case): Promise<readonly string[]> {
  const { url = '', method = 'GET', headers = {}, body, client, context } = one.request
  const asked = askedRequest({
    method,
    url,
    headers: Object.entries(headers),
    address: client,
    context,
    body: body === undefined ? undefined : Buffer.from(body),
  })
  if (typeof asked === 'string') return [`request: ${asked}`]
  const stubs = readStubs(one.stubs)
  running.clock.now = one.now ?? Date.now()
  running.stubs.current = 'unused' in stubs ? stubs : noStubs
  const found: string[] = []
  for (const door of one.doors) {
    const problems = await problemsAt(running, { one, asked, door })
    found.push(...problems.map(problem => `${door}: ${problem}`))
  }
  noteStubs(running, Object.keys(one.stubs))
  return found
}

function noteStubs({ stubs, usedStubs }: Running, names: readonly string[]): void {
  const unused = new Set(stubs.current.unused())
  for (const name of names) {
    if (usedStubs.get(name) !== true) usedStubs.set(name, !unused.has(name))
  }
}

interface AtDoor {
  readonly one: Case
  readonly asked: AskedRequest
  readonly door: TestDoor
}

/** `engine`: the decision alone, of the request as the gRPC port reads it. */
const readerOf = (door: TestDoor): ExplainedDoor => (door === 'engine' ? 'grpc' : door)

async function problemsAt(
  running: Running,
  { one, asked, door }: AtDoor,
): Promise<readonly string[]> {
  const { offline, guard, onRecord } = running
  const reader = offline.doors[readerOf(door)]
  const first = reader.read(asked)
  if ('kind' in first) {
    const refused = { decision: deniedBy(first), answer: reader.refuse(first), door }
    return differencesOf(one.expect, refused)
  }
  const read =
    one.claims === undefined ? first : reader.read(await signed(running, { one, asked, first }))
  if ('kind' in read) return [`the door refuses the request with the token: ${read.info.message}`]
  const { rules } = offline.read
  const record = await recordDecision(
    (request, trace) => decide(rules, request, trace),
    read,
    guard,
  )
  onRecord(record)
  const missing = guard.takeMissing()
  if (missing.length > 0) return missing.map(call => `no stub answers ${call}`)
  const { decision } = record
  const answer = door === 'engine' ? ownAnswer(decision) : reader.answer(decision, read)
  return differencesOf(one.expect, { decision, answer, door })
}

interface Signing {
  readonly one: Case
  readonly asked: AskedRequest
  readonly first: AccessRequest
}

async function signed(
  { config, offline, keys, clock }: Running,
  { one, asked, first }: Signing,
): Promise<AskedRequest> {
  const { header, from } = wishOf(config, offline.read.rules, first)
  const claims = toByteStrings({ ...usualClaims(clock.now), ...one.claims }) as JsonObject
  return withToken(asked, await keys.sign(claims, header), from)
}

const deniedBy = (failed: Failure): Decision => ({
  kind: 'deny',
  failure: failed,
  reply: { kind: 'reply', status: failureStatus[failed.code], headers: new Map(), body: '' },
})

/** What the engine says, before a door writes it. */
function ownAnswer(decision: Decision): DoorAnswer {
  if (decision.kind === 'deny') {
    const { status, headers, body } = decision.reply
    return { status, headers: pairsOf(headers), removed: [], responseHeaders: [], body }
  }
  const { session, changes } = decision
  return {
    status: 200,
    headers: pairsOf(ownHeaders(session)),
    removed: changes.remove,
    responseHeaders: pairsOf(changes.response),
    body: '',
  }
}

const pairsOf = (headers: Iterable<readonly [string, readonly string[]]>): DoorAnswer['headers'] =>
  [...headers].flatMap(([name, values]) => values.map(value => [name, value] as const))
