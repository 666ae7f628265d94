/** Runs the authorizers of a rule: one, or groups of which one branch or all must allow. */
import { type Awaitable, whenReady } from '../lib/awaitable.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import type { Session } from '../model/session.ts'
import type { AuthorizerGroupStep, AuthorizerStep } from '../rules/rule.ts'
import type { Check } from './check.ts'
import { traceCondition, traced } from './traced.ts'

type Outcome = Session | Failure

/** An authorizer whose `when` is false. */
const skipped = { kind: 'skipped' } as const
type Settled = Outcome | typeof skipped

/** Where a group stands, such as `any[1]`, for the trace; undefined: it is the rule's only authorizer. */
type Branch = string | undefined

export function runAuthorizer(
  check: Check,
  step: AuthorizerStep,
  session: Session,
): Awaitable<Outcome> {
  const settled = runStep({ check, branch: undefined }, step, session)
  return whenReady(settled, outcome => (outcome.kind === 'skipped' ? nobodyAllows : outcome))
}

interface Place {
  readonly check: Check
  readonly branch: Branch
}

function runStep(place: Place, step: AuthorizerStep, session: Session): Awaitable<Settled> {
  const isUsed = step.when?.(session, place.check.request) ?? true
  if (isUsed !== true) return unused(place, step, isUsed)
  if ('of' in step) {
    const group = { ...place, step }
    return step.of === 'all' ? all(group, { session }) : any(group, { session })
  }
  const { trace, request } = place.check
  return trace
    ? traced({ step, branch: place.branch }, trace, () => step.run(session, request))
    : step.run(session, request)
}

/** Its `when` is false, or cannot be decided. */
function unused({ check, branch }: Place, step: AuthorizerStep, why: false | Failure): Settled {
  const { trace } = check
  if (why !== false) {
    if (trace && 'handler' in step) traceCondition({ step, branch }, trace, why)
    return why
  }
  const handler = 'of' in step ? undefined : step.handler
  trace?.record({ kind: 'skipped', stage: 'authorizer', handler, branch, source: step })
  return skipped
}

interface Group extends Place {
  readonly step: AuthorizerGroupStep
}

function runBranch(
  { check, step, branch }: Group,
  session: Session,
  i: number,
): Awaitable<Settled> {
  const one = step.branches[i]
  const within = branch === undefined ? step.of : `${branch}.${step.of}`
  return one === undefined ? skipped : runStep({ check, branch: `${within}[${i}]` }, one, session)
}

interface Asked {
  readonly session: Session
  /** The first branch that is not asked yet. */
  readonly from?: number
  /** Of `all`: one has allowed. */
  readonly isAllowed?: boolean
  /** Of `any`: the first branch that could not be asked. */
  readonly outage?: Failure | undefined
}

/** Each branch gets the session of the one before. The first failure is the answer; all skipped: nobody allows. */
function all(group: Group, { session, from = 0, isAllowed = false }: Asked): Awaitable<Outcome> {
  if (from === group.step.branches.length) return isAllowed ? session : nobodyAllows
  return whenReady(runBranch(group, session, from), settled => {
    if (settled.kind === 'failure') return settled
    const next = from + 1
    return settled.kind === 'skipped'
      ? all(group, { session, from: next, isAllowed })
      : all(group, { session: settled, from: next, isAllowed: true })
  })
}

/**
 * The first branch that allows. When none does, the answer is the first branch that could not be asked, so that an
 * outage does not look like a refusal.
 */
function any(group: Group, { session, from = 0, outage }: Asked): Awaitable<Outcome> {
  if (from === group.step.branches.length) return outage ?? nobodyAllows
  return whenReady(runBranch(group, session, from), settled => {
    if (settled.kind === 'session') return settled
    const isOutage = settled.kind === 'failure' && settled.code !== 'forbidden'
    const first = outage ?? (isOutage ? settled : undefined)
    return any(group, { session, from: from + 1, outage: first })
  })
}

const nobodyAllows = failure('forbidden', {
  message: message.forbidden,
  reason: 'no authorizer allows',
})
