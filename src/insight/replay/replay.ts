/** Decides a request of the log again, without the outside. */
import { decide } from '../../engine/decide.ts'
import type { Decision } from '../../model/decision.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { Trace } from '../../model/trace.ts'
import type { Redaction } from '../../observability/redaction.ts'
import type { Strategy } from '../../rules/matching/problem.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import { createHistory } from './history.ts'
import type { LoggedCapsule } from './read-capsule.ts'
import { requestOfCapsule } from './request.ts'
import { shownAgain } from './shown-again.ts'
import { createTaint } from './taint.ts'
import { wrapRules } from './wrap-rules.ts'

export interface ReplayRules {
  readonly rules: RuleSet
  /** `digestOf` of them. */
  readonly digest: string
  /** `access_rules.matching_strategy` */
  readonly strategy: Strategy
  /** Parameters of the query that their conditions compare. Byte strings. */
  readonly parameters: ReadonlySet<string>
  /** As that of the log. */
  readonly redaction: Redaction
}

export interface Replayed {
  readonly request: AccessRequest
  readonly decision: Decision
  /** What is not known; empty: the decision is certain. */
  readonly doubts: readonly string[]
  /** The capsule was written with these rules and settings. */
  readonly isSameSet: boolean
}

export interface Watch {
  /** Records each step. */
  readonly trace: Trace
  /** Gets what is read. */
  readonly onRead: (what: string) => void
}

/** Never rejects because of the capsule. */
export async function replay(
  logged: LoggedCapsule,
  { rules, digest, strategy, parameters, redaction }: ReplayRules,
  watch?: Watch,
): Promise<Replayed> {
  const { capsule, status } = logged
  const doubts = new Set(unknownParameters(logged, parameters))
  const missing = new Set<string>()
  const onMissing = (what: string): void => void missing.add(what)
  const isSameSet = capsule.rules === digest
  let isMatching = false
  // Conditions compare parameters one by one, which `unknownParameters` looks at.
  const request = requestOfCapsule(logged, (what, isThere) => {
    watch?.onRead(what)
    if (!isThere && !(isMatching && what === 'query')) onMissing(what)
  })
  const wrapped = wrapRules(rules, {
    history: createHistory({
      logged,
      isSameSet,
      isSameStrategy: capsule.strategy === strategy,
      show: shownAgain({ redaction, credentials: rules.credentials }),
    }),
    taint: createTaint({ hasBody: capsule.request.body === true, onMissing }),
    missing,
    doubts,
    isSameSet,
    onMatching: now => {
      isMatching = now
    },
    status,
  })
  const decision = await decide(wrapped, request, watch?.trace)
  if (isSameSet && decision.rule !== undefined) addContradiction(doubts, logged, decision)
  return { request, decision, doubts: [...doubts], isSameSet }
}

function unknownParameters(
  { capsule }: LoggedCapsule,
  compared: ReadonlySet<string>,
): readonly string[] {
  const { query } = capsule.request
  if (compared.size === 0) return []
  if (query === null) return ['the query']
  return query.flatMap(([name, value]) =>
    value === null && compared.has(name) ? [`the parameter "${name}" of the query`] : [],
  )
}

/** The same rules decide in the same way, or the log is not of this decision. */
function addContradiction(
  doubts: Set<string>,
  { granted, status }: LoggedCapsule,
  decision: Decision,
): void {
  if (doubts.size > 0) return
  const found = decision.kind === 'allow' ? undefined : decision.reply.status
  if (granted === (found === undefined) && (granted || status === found)) return
  doubts.add(
    `the log has ${granted ? 'an allow' : status}, the same rules give ${found ?? 'an allow'}`,
  )
}
