/** Decides one request and says how: the one source of `oarlock explain`, offline and on a running server. */

import { decide } from '../engine/decide.ts'
import { textOf } from '../lib/bytes.ts'
import type { Decision } from '../model/decision.ts'
import { type Failure, failureStatus } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'
import { ownHeaders } from '../model/session.ts'
import type { Redaction } from '../observability/redaction.ts'
import { urlText } from '../rules/match-context.ts'
import type { Strategy } from '../rules/matching/problem.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import type { AskedRequest } from './asked.ts'
import { changesOf } from './changes.ts'
import { type DoorAnswer, doorNames, type ExplainedDoor } from './doors/contract.ts'
import type { OfflineDoors } from './doors/doors.ts'
import type {
  AnswerText,
  ExplainedCandidate,
  ExplainedOutcome,
  Explanation,
  MatchedRequest,
  StepText,
} from './explanation.ts'
import { type Candidates, findCandidates } from './match/candidates.ts'
import type { Guard } from './outside.ts'
import { type DecisionRecord, type ExplainedStep, recordDecision } from './record.ts'
import { shownHeaders, shownTarget } from './shown.ts'

export interface Explaining {
  readonly rules: RuleSet
  readonly strategy: Strategy
  readonly doors: OfflineDoors
  readonly redaction: Redaction
  /** Calls to services while it decides; without it they are made and not reported. */
  readonly guard?: Guard | undefined
}

export interface Asked {
  readonly request: AskedRequest
  readonly door: ExplainedDoor
}

export async function explain(asked: Asked, explaining: Explaining): Promise<Explanation> {
  const read = explaining.doors[asked.door].read(asked.request)
  if ('kind' in read) return refused(asked, read, explaining)
  const { rules, guard } = explaining
  const record = await recordDecision(
    (request, trace) => decide(rules, request, trace),
    read,
    guard,
  )
  return explainRecord(
    {
      matched: matchedAs(asked, read),
      request: read,
      record,
      missing: guard?.takeMissing() ?? [],
      answers: answersOf(asked, record.decision, explaining),
    },
    explaining,
  )
}

/** A decision that was made. */
export interface Decided {
  readonly matched: MatchedRequest
  readonly request: AccessRequest
  readonly record: DecisionRecord
  /** What the outcome depends on, and is not known. */
  readonly missing: readonly string[]
  readonly answers: Explanation['answers']
}

export async function explainRecord(
  { matched, request, record, missing, answers }: Decided,
  { rules, strategy, redaction }: Pick<Explaining, 'rules' | 'strategy' | 'redaction'>,
): Promise<Explanation> {
  const { decision, steps, rule } = record
  const found = await findCandidates(rules.definitions, request, strategy)
  return {
    request: matched,
    rule: rule === undefined ? null : textOf(rule),
    outcome: outcomeOf(decision, missing, redaction),
    ...shownCandidates(found),
    steps: steps.map(step => stepText(step, redaction)),
    headers: headersOf(record, redaction),
    answers,
  }
}

function matchedAs({ request: sent, door }: Asked, matched: AccessRequest): MatchedRequest {
  return {
    door,
    method: textOf(matched.method),
    url: urlText(matched.scheme, matched),
    sent: sentUrl(sent),
    changes: changesOf(sent, matched),
  }
}

const sentUrl = ({ scheme, host, target }: AskedRequest): string =>
  `${scheme}://${textOf(host)}${shownTarget(target)}`

/** The door denies before rules are matched. */
function refused({ request, door }: Asked, failed: Failure, explaining: Explaining): Explanation {
  const { redaction, doors } = explaining
  return {
    request: {
      door,
      method: textOf(request.method),
      url: null,
      sent: sentUrl(request),
      changes: [],
    },
    rule: null,
    outcome: { ...denial(failed, redaction), missing: [] },
    candidates: [],
    nearest: [],
    steps: [],
    headers: { set: {}, removed: [], owned: [] },
    answers: { [door]: answerText(doors[door].refuse(failed), redaction) },
  }
}

function outcomeOf(
  decision: Decision,
  missing: readonly string[],
  redaction: Redaction,
): ExplainedOutcome {
  if (missing.length > 0) return { kind: 'undecided', missing }
  return decision.kind === 'allow'
    ? { kind: 'allow', missing }
    : { ...denial(decision.failure, redaction), missing }
}

function denial(
  { code, info, cause }: Failure,
  redaction: Redaction,
): Omit<ExplainedOutcome, 'missing'> {
  const named = typeof cause === 'string' ? cause : undefined
  return {
    kind: failureStatus[code] >= 500 ? 'error' : 'deny',
    code,
    reason: redaction.text(textOf(named ?? info.reason ?? info.message)),
  }
}

const shownCandidates = ({ candidates, nearest }: Candidates) => ({
  candidates: candidates.map(
    ({ rule, isDefault, parts }): ExplainedCandidate => ({
      rule: textOf(rule),
      ...(isDefault ? { default: true as const } : {}),
      parts: parts.map(({ at, ...part }) => (at === undefined ? part : { ...part, at })),
    }),
  ),
  nearest: nearest.map(({ rule, misses }) => ({ rule: textOf(rule), misses })),
})

const stepText = (step: ExplainedStep, redaction: Redaction): StepText => ({
  stage: step.stage,
  handler: step.handler ?? null,
  ...(step.branch === undefined ? {} : { branch: step.branch }),
  outcome: step.outcome,
  ...(step.reason === undefined ? {} : { reason: redaction.text(textOf(step.reason)) }),
  us: step.us,
  reads: step.reads.map(textOf),
})

function headersOf({ decision }: DecisionRecord, redaction: Redaction): Explanation['headers'] {
  if (decision.kind === 'deny') return { set: {}, removed: [], owned: [] }
  const pairs = [...ownHeaders(decision.session)].flatMap(([name, values]) =>
    values.map(value => [name, value] as const),
  )
  return {
    set: shownHeaders(pairs, redaction),
    removed: decision.changes.remove.map(name => name.toLowerCase()),
    owned: [...decision.changes.owned],
  }
}

/** The same decision as each door would send it; a door that refuses the request says so. */
function answersOf(
  { request: asked }: Asked,
  decision: Decision,
  { doors, redaction }: Explaining,
): Explanation['answers'] {
  const answers = doorNames.map(name => {
    const door = doors[name]
    const read = door.read(asked)
    const answer = 'kind' in read ? door.refuse(read) : door.answer(decision, read)
    return [name, answerText(answer, redaction)] as const
  })
  return Object.fromEntries(answers)
}

export const answerText = (answer: DoorAnswer, redaction: Redaction): AnswerText => ({
  status: answer.status,
  headers: shownHeaders(answer.headers, redaction),
  removed: answer.removed,
  response_headers: shownHeaders(answer.responseHeaders, redaction),
  ...(answer.body === '' ? {} : { body: redaction.text(textOf(answer.body)) }),
  ...(answer.target === undefined ? {} : { target: shownTarget(answer.target) }),
})
