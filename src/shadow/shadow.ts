/**
 * Shadow rules: a second rule set that decides the same requests after their answers are sent, and changes nothing.
 * What it would have answered is compared with the answer.
 */
import { differenceKind, type Kind } from '../engine/compare/difference.ts'
import { type Verdict, verdictOf } from '../engine/compare/verdict.ts'
import { decide as decideWith } from '../engine/decide.ts'
import { whenReady } from '../lib/awaitable.ts'
import { reportBug } from '../lib/guarded.ts'
import type { Decide, Decision } from '../model/decision.ts'
import type { AccessRequest } from '../model/request.ts'
import type { TraceStep } from '../model/trace.ts'
import type { RuleSet } from '../rules/rule-set.ts'
import type { KnownCalls } from './known-calls.ts'
import { shadowRequest } from './shadow-request.ts'
import type { ShadowTally } from './tally.ts'

export interface ShadowOptions {
  /** undefined: they are not loaded yet. */
  readonly rules: () => RuleSet | undefined
  readonly calls: Pick<KnownCalls, 'listen'>
  readonly tally: ShadowTally
  /** Share of the requests, 0 to 1. */
  readonly ratio: number
  readonly onDifference: (difference: ShadowDifference) => void
  readonly random?: () => number
}

export interface ShadowDifference {
  readonly kind: Kind
  readonly request: AccessRequest
  readonly before: Verdict
  readonly after: Verdict
}

export interface Shadow {
  /** What the wrapped function returns is not changed, and not later. */
  readonly wrap: (decide: Decide) => Decide
  /** Call it when one of the sets was replaced: what waits belongs to the earlier sets. */
  readonly restart: () => void
}

/** Decisions that wait; more are dropped. */
const mostWaiting = 64
/** Milliseconds in one turn of the event loop. */
const slice = 1

interface Waiting {
  readonly request: AccessRequest
  readonly decision: Decision
  /** False once one of the sets was replaced. */
  readonly isCurrent: () => boolean
}

export function createShadow(options: ShadowOptions): Shadow {
  const { ratio, tally, rules, random = Math.random } = options
  const queue = createShadowQueue(options)
  /** Of the two sets. What one generation decides is not compared with what the next one does. */
  let generation = 0
  return {
    wrap: decide => (request, trace) => {
      const set = generation
      const decided = decide(request, trace)
      if (rules() === undefined || (ratio < 1 && random() >= ratio)) return decided
      return whenReady(decided, decision => {
        if (set === generation)
          queue.add({ request, decision, isCurrent: () => set === generation })
        return decision
      })
    },
    restart: () => {
      generation += 1
      queue.clear()
      tally.restart()
    },
  }
}

/** One after the other, in turns of the event loop after the one that answered. */
function createShadowQueue(options: ShadowOptions) {
  const waiting: Waiting[] = []
  let isBusy = false
  const work = async (): Promise<void> => {
    const end = performance.now() + slice
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await compare(next, options).catch(reportBug)
      if (performance.now() > end) break
    }
    if (waiting.length > 0) setImmediate(work)
    else isBusy = false
  }
  return {
    add: (one: Waiting): void => {
      if (waiting.length >= mostWaiting) {
        options.tally.drop()
        return
      }
      waiting.push(one)
      if (!isBusy) setImmediate(work)
      isBusy = true
    },
    clear: (): void => void waiting.splice(0),
  }
}

/** The answer or the shadow decision says nothing about the rules. */
const outages = new Set<string>([
  'bad_gateway',
  'gateway_timeout',
  'service_unavailable',
  'client_closed_request',
])

async function compare(
  { request, decision, isCurrent }: Waiting,
  options: ShadowOptions,
): Promise<void> {
  const rules = options.rules()
  if (rules === undefined) return
  const before = verdictOf(decision)
  const after = await comparedWith({ before, decision }, () =>
    shadowVerdict(rules, request, options),
  )
  if (!isCurrent()) return
  const kind = kindOf(before, after)
  options.tally.record(kind, before, after)
  if (kind !== undefined) options.onDifference({ kind, request, before, after })
}

interface Answered {
  readonly before: Verdict
  readonly decision: Decision
}

interface ShadowVerdict {
  readonly verdict: Verdict
  /** A handler could not ask a service. */
  readonly hasOutage: boolean
}

async function comparedWith(
  { before, decision }: Answered,
  evaluate: () => Promise<ShadowVerdict>,
): Promise<Verdict> {
  const { verdict, hasOutage } = await evaluate()
  const kind = kindOf(before, verdict)
  if (kind === undefined || kind === 'undecided') return verdict
  if (hasOutage || (decision.kind === 'deny' && outages.has(decision.failure.code))) {
    return undecided(verdict, 'a service could not be asked')
  }
  // A template may read the clock, or random numbers.
  const again = kind === 'headers' ? (await evaluate()).verdict : verdict
  return kindOf(verdict, again) === undefined
    ? verdict
    : undecided(verdict, 'the answer is another one each time')
}

const kindOf = (before: Verdict, after: Verdict): Kind | undefined =>
  before.kind === 'undecided' || after.kind === 'undecided'
    ? 'undecided'
    : differenceKind(before, after)

async function shadowVerdict(
  rules: RuleSet,
  asked: AccessRequest,
  { calls }: ShadowOptions,
): Promise<ShadowVerdict> {
  const { request, cut, reason, end } = shadowRequest(asked)
  let hasOutage = false
  const record = (step: TraceStep): void => {
    if (step.kind === 'handler' && outages.has(step.outcome)) hasOutage = true
  }
  calls.listen(() => cut('a call has no known answer'))
  const decision = await decideWith(rules, request, { record, handlersOnly: true })
  calls.listen(undefined)
  end()
  const verdict = verdictOf(decision)
  const why = reason()
  return { verdict: why === undefined ? verdict : undecided(verdict, why), hasOutage }
}

const undecided = ({ rule }: Verdict, reason: string): Verdict => ({
  kind: 'undecided',
  rule,
  reason,
})
