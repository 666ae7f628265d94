/** A request that a rule and the changed rule answer in different ways. */
import { isDeepStrictEqual } from 'node:util'
import { textOf } from '../../../lib/bytes.ts'
import type { Strategy } from '../../../rules/matching/problem.ts'
import type { LintedRule } from '../../lint/linted.ts'
import {
  type AttemptOptions,
  attempt,
  type Candidate,
  type ServiceAnswer,
} from '../candidates/attempt.ts'
import { candidatesOf } from '../candidates/of-rule.ts'
import { type RequestSearch, requestParts } from '../candidates/requests.ts'
import type { Answered } from '../expected.ts'
import type { Runner } from '../runner.ts'
import type { Mutant, MutationWitness } from './mutation.ts'
import type { Overlay } from './overlay.ts'

/** `equal`: proven that no request shows a difference. */
export type WitnessOutcome = MutationWitness | 'equal' | undefined

export type FindWitness = (mutant: Mutant, overlay: Overlay) => Promise<WitnessOutcome>

interface WitnessTools {
  readonly runner: Runner
  readonly search: RequestSearch
  readonly strategy: Strategy
  readonly now: number
}

export function createFindWitness(tools: WitnessTools): FindWitness {
  const known = new Map<LintedRule, readonly Candidate[]>()
  const candidatesFor = (rule: LintedRule): readonly Candidate[] => {
    const before = known.get(rule) ?? candidatesOf(rule, tools).candidates
    known.set(rule, before)
    return before
  }
  return async (mutant, overlay) => {
    if (mutant.kind === 'handlers') {
      return firstOf(candidatesFor(mutant.rule), overlay, tools)
    }
    const found = tools.search.between(mutant.rule.definition, mutant.definition)
    if (found.kind === 'none') return 'equal'
    const request = found.kind === 'found' ? requestParts(found.request) : undefined
    return request && firstOf([{ request, stubs: {} }], overlay, tools)
  }
}

async function firstOf(
  candidates: readonly Candidate[],
  overlay: Overlay,
  tools: AttemptOptions,
): Promise<MutationWitness | undefined> {
  for (const candidate of candidates) {
    for (const answer of ['good', 'denied'] as const) {
      const found = await differing(candidate, { answer, overlay, tools })
      if (found !== undefined) return found
    }
  }
  return undefined
}

interface Comparing {
  readonly answer: ServiceAnswer
  readonly overlay: Overlay
  readonly tools: AttemptOptions
}

/** The second is asked with the stubs that the first needed, and its own. */
async function differing(
  candidate: Candidate,
  { answer, overlay, tools: { runner, now } }: Comparing,
): Promise<MutationWitness | undefined> {
  const before = await attempt(candidate, answer, { runner, now })
  if (before === undefined) return undefined
  const after = await attempt(before.candidate, answer, { runner, now, rules: overlay })
  if (after === undefined) return undefined
  const [one, other] = [seen(before.outcome.answered), seen(after.outcome.answered)]
  if (isDeepStrictEqual(one, other)) return undefined
  const { request, claims, stubs } = after.candidate
  return { request, as: claims, stubs, ...describe(one, other) }
}

interface Seen {
  readonly status: number
  readonly rule: string | undefined
  readonly headers: readonly string[]
  readonly removed: readonly string[]
  readonly query: readonly string[]
}

function seen({ decision, answer }: Answered): Seen {
  const { headers, responseHeaders, status, removed } = answer
  const lines = [...headers, ...responseHeaders].map(([name, value]) => textOf(`${name}: ${value}`))
  const query = decision.kind === 'allow' ? decision.changes.query : { set: [], remove: [] }
  return {
    status,
    rule: decision.rule === undefined ? undefined : textOf(decision.rule),
    headers: lines.sort(),
    removed: [...removed].sort(),
    query: [...query.set].map(([name, value]) => textOf(`${name}=${value}`)).concat(query.remove),
  }
}

/** Names of headers alone: values may be tokens. */
function describe(one: Seen, other: Seen): { before: string; after: string } {
  if (one.status !== other.status || one.rule !== other.rule) {
    return { before: statusOf(one), after: statusOf(other) }
  }
  const [added, gone] = [lessLines(other, one), lessLines(one, other)]
  const names = [...new Set([...added, ...gone].map(line => line.replace(/: .*$/s, '')))]
  const what = names.length === 0 ? 'what is removed' : names.join(', ')
  return { before: statusOf(one), after: `${statusOf(other)}, with a difference in ${what}` }
}

const lessLines = (one: Seen, other: Seen): readonly string[] =>
  one.headers.filter(line => !other.headers.includes(line))

const statusOf = ({ status, rule }: Seen): string =>
  rule === undefined ? String(status) : `${status} by rule "${rule}"`
