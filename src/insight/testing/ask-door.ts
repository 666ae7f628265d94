/** Sends the request of a case through one door, without a connection. */
import type { Config } from '../../config/config.ts'
import { decide } from '../../engine/decide.ts'
import { type AskedRequest, askedRequest } from '../../explain/asked.ts'
import type { DoorAnswer, ExplainedDoor } from '../../explain/doors/contract.ts'
import type { Guard } from '../../explain/outside.ts'
import { type DecisionRecord, recordDecision } from '../../explain/record.ts'
import { type JsonObject, toByteStrings } from '../../lib/json.ts'
import type { Decision } from '../../model/decision.ts'
import { type Failure, failureStatus } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import { ownHeaders } from '../../model/session.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import type { Offline } from '../offline/open.ts'
import type { RunKeys } from '../offline/run-keys.ts'
import { usualClaims, wishOf, withToken } from '../offline/token.ts'
import type { Case, TestDoor } from './case.ts'
import type { BranchRecorder } from './coverage/branches.ts'
import type { Answered } from './expected.ts'

export interface DoorTools {
  readonly config: Config
  readonly offline: Offline
  readonly guard: Guard
  readonly keys: RunKeys
  readonly clock: { now: number }
  readonly branches: BranchRecorder | undefined
}

export interface AtDoor {
  readonly one: Case
  readonly asked: AskedRequest
  readonly door: TestDoor
  /** In place of those of the configuration. */
  readonly rules?: RuleSet | undefined
}

export interface DoorOutcome {
  readonly answered: Answered
  /** undefined: the door refused the request. */
  readonly decided?: {
    readonly record: DecisionRecord
    readonly request: AccessRequest
    /** Calls that no stub answered. */
    readonly missing: readonly string[]
  }
}

/** A text says what is wrong with the request of a case. */
export function toAsked({ request }: Case): AskedRequest | string {
  const { url = '', method = 'GET', headers = {}, body, client, context } = request
  const asked = askedRequest({
    method,
    url,
    headers: Object.entries(headers),
    address: client,
    context,
    body: body === undefined ? undefined : Buffer.from(body),
  })
  return typeof asked === 'string' ? `request: ${asked}` : asked
}

/** `engine`: the decision alone, of the request as the gRPC port reads it. */
const readerOf = (door: TestDoor): ExplainedDoor => (door === 'engine' ? 'grpc' : door)

/** A text says why the token of the case cannot be sent. */
export async function askDoor(tools: DoorTools, at: AtDoor): Promise<DoorOutcome | string> {
  const { one, asked, door } = at
  const { offline, guard, branches } = tools
  const reader = offline.doors[readerOf(door)]
  const first = reader.read(asked)
  if ('kind' in first) {
    return { answered: { decision: deniedBy(first), answer: reader.refuse(first), door } }
  }
  const request =
    one.claims === undefined ? first : reader.read(await signed(tools, { one, asked, first }))
  if ('kind' in request) {
    return `the door refuses the request with the token: ${request.info.message}`
  }
  const { rules = offline.read.rules } = at
  const record = await recordDecision(
    (read, trace) => decide(rules, read, branches?.begin(trace) ?? trace),
    request,
    guard,
  )
  const { decision } = record
  const answer = door === 'engine' ? ownAnswer(decision) : reader.answer(decision, request)
  const missing = guard.takeMissing()
  return { answered: { decision, answer, door }, decided: { record, request, missing } }
}

interface Signing {
  readonly one: Case
  readonly asked: AskedRequest
  readonly first: AccessRequest
}

/** As the rules of the configuration want it, whichever are asked. */
async function signed(
  { config, offline, keys, clock }: DoorTools,
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
