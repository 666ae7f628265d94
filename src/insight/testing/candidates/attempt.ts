/** Sends a request that nobody wrote, with answers for the calls that it causes. */
import { isJsonObject, type JsonObject, type JsonValue } from '../../../lib/json.ts'
import type { RuleSet } from '../../../rules/rule-set.ts'
import type { DoorOutcome } from '../ask-door.ts'
import type { Case, RequestParts } from '../case.ts'
import type { Runner } from '../runner.ts'

/** A request with everything that decides about it. Texts. */
export interface Candidate {
  readonly request: RequestParts
  readonly claims?: JsonObject | undefined
  readonly stubs: JsonObject
}

/** What services say to whatever no stub answers. */
export type ServiceAnswer = 'good' | 'denied'

/** Most calls of one request. */
const mostCalls = 8

export const caseOf = ({ request, claims, stubs }: Candidate, now: number): Case => ({
  name: '',
  file: '',
  line: undefined,
  request,
  expect: {},
  claims,
  doors: ['engine'],
  now,
  stubs,
  subject: '',
  only: false,
})

export interface Attempted {
  readonly candidate: Candidate
  readonly outcome: DoorOutcome
}

export interface AttemptOptions {
  readonly runner: Runner
  readonly now: number
  readonly rules?: RuleSet
}

/** The candidate with the stubs that it needs; undefined: it cannot be sent, or makes too many calls. */
export async function attempt(
  candidate: Candidate,
  answer: ServiceAnswer,
  { runner, now, rules }: AttemptOptions,
): Promise<Attempted | undefined> {
  let stubs = candidate.stubs
  for (let calls = 0; calls < mostCalls; calls += 1) {
    const tried = { ...candidate, stubs }
    const outcome = await runner.ask(caseOf(tried, now), 'engine', rules)
    if (typeof outcome === 'string') return undefined
    const missing = outcome.decided?.missing ?? []
    if (missing.length === 0) return { candidate: tried, outcome }
    const body = answerOf(answer, candidate.claims)
    stubs = { ...stubs, ...Object.fromEntries(missing.map(call => [call, body])) }
  }
  return undefined
}

const subjectOf = (claims: JsonObject): JsonValue => claims['sub'] ?? 'alice'

/** What a session endpoint, an introspection, a token endpoint, a policy engine and a hydrator answer. */
function answerOf(answer: ServiceAnswer, claims: JsonObject = {}): JsonObject {
  if (answer === 'denied') return { status: 403 }
  const extra = isJsonObject(claims) ? claims : {}
  const json = {
    ...claims,
    active: true,
    allowed: true,
    subject: subjectOf(claims),
    sub: subjectOf(claims),
    extra,
    access_token: 'token',
    token_type: 'bearer',
  }
  return { status: 200, json }
}
