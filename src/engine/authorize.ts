/** Runs the authorizers of a rule: one, or groups of which one branch or all must allow. */
import { type Awaitable, isPending, whenReady } from '../lib/awaitable.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import type { Session } from '../model/session.ts'
import type { AuthorizerGroupStep, AuthorizerStep } from '../rules/rule.ts'
import type { Check } from './check.ts'
import { traced } from './traced.ts'

type Outcome = Session | Failure

/** Where a group stands, such as `any[1]`, for the trace; undefined: it is the rule's only authorizer. */
type Branch = string | undefined

export function runAuthorizer(
  check: Check,
  step: AuthorizerStep,
  session: Session,
): Awaitable<Outcome> {
  return runStep({ check, branch: undefined }, step, session)
}

interface Place {
  readonly check: Check
  readonly branch: Branch
}

function runStep(place: Place, step: AuthorizerStep, session: Session): Awaitable<Outcome> {
  if ('of' in step) {
    const group = { ...place, step }
    return step.of === 'all' ? all(group, session) : any(group, { session })
  }
  const { check, branch } = place
  const { trace, request } = check
  return trace
    ? traced({ ...step, branch }, trace, () => step.run(session, request))
    : step.run(session, request)
}

interface Group extends Place {
  readonly step: AuthorizerGroupStep
}

function runBranch(
  { check, step, branch }: Group,
  session: Session,
  i: number,
): Awaitable<Outcome> {
  const one = step.branches[i]
  const within = branch === undefined ? step.of : `${branch}.${step.of}`
  return one === undefined ? session : runStep({ check, branch: `${within}[${i}]` }, one, session)
}

/** Each branch gets the session of the one before. The first failure is the answer. */
function all(group: Group, session: Session, from = 0): Awaitable<Outcome> {
  let current: Outcome = session
  for (let i = from; i < group.step.branches.length; i++) {
    const next: Awaitable<Outcome> = runBranch(group, current, i)
    if (isPending(next)) {
      return next.then(settled =>
        settled.kind === 'failure' ? settled : all(group, settled, i + 1),
      )
    }
    if (next.kind === 'failure') return next
    current = next
  }
  return current
}

interface Asked {
  readonly session: Session
  /** The first branch that is not asked yet. */
  readonly from?: number
  /** The first branch that could not be asked. */
  readonly outage?: Failure | undefined
}

/**
 * The first branch that allows. When none does, the answer is the first branch that could not be asked, so that an
 * outage does not look like a refusal.
 */
function any(group: Group, { session, from = 0, outage }: Asked): Awaitable<Outcome> {
  if (from === group.step.branches.length) return outage ?? nobodyAllows
  return whenReady(runBranch(group, session, from), settled => {
    if (settled.kind === 'session') return settled
    const isOutage = settled.code !== 'forbidden'
    return any(group, {
      session,
      from: from + 1,
      outage: outage ?? (isOutage ? settled : undefined),
    })
  })
}

const nobodyAllows = failure('forbidden', {
  message: message.forbidden,
  reason: 'none of the authorizers under any allows',
})
