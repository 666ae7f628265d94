/** The rules that a request may have been meant for. */

import { createYielder } from '../../lib/yield-to-event-loop.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { RuleDefinition } from '../../rules/definition.ts'
import type { Strategy } from '../../rules/matching/problem.ts'
import { type Comparison, compareRule } from './compare.ts'

export interface Candidates {
  /** Rules of which all parts hit, and those with the host of the request; the best first. */
  readonly candidates: readonly Comparison[]
  /** Where no rule matches: the rules with the fewest misses. */
  readonly nearest: readonly Nearest[]
}

export interface Nearest {
  readonly rule: string
  /** The parts that would have to change. */
  readonly misses: readonly string[]
}

const mostCandidates = 20
const mostNearest = 3

/** Yields to the event loop between rules. */
export async function findCandidates(
  rules: readonly RuleDefinition[],
  request: AccessRequest,
  strategy: Strategy,
): Promise<Candidates> {
  const compared = (await compareAll(rules, request, strategy)).toSorted(
    (one, other) => scoreOf(one) - scoreOf(other),
  )
  const isMatched = compared.some(matches)
  return {
    candidates: compared.filter(isNear).slice(0, mostCandidates),
    nearest: isMatched ? [] : compared.slice(0, mostNearest).map(nearestOf),
  }
}

async function compareAll(
  rules: readonly RuleDefinition[],
  request: AccessRequest,
  strategy: Strategy,
): Promise<readonly Comparison[]> {
  const compared: Comparison[] = []
  const yielding = createYielder()
  for (const rule of rules) {
    const comparison = compareRule(rule, request, strategy)
    if (comparison !== undefined) compared.push(comparison)
    await yielding()
  }
  return compared
}

const matches = ({ parts }: Comparison): boolean => parts.every(({ hit }) => hit)

/** A rule of the same host, or one whose host cannot be separated from the rest. */
const isNear = ({ parts }: Comparison): boolean =>
  parts.every(({ part, hit }) => hit || part !== 'host') &&
  parts.every(({ part, hit, at = 0 }) => hit || part !== 'url' || at > farEnough)

/** Behind `https://`: the host has begun to match. */
const farEnough = 'https://'.length

/** Fewer misses are better; of two misses in the URL, the later one. */
function scoreOf({ parts }: Comparison): number {
  const misses = parts.filter(({ hit }) => !hit)
  const at = Math.max(0, ...misses.map(miss => miss.at ?? 0))
  return misses.length * 10_000 - Math.min(at, 9999)
}

const nearestOf = ({ rule, parts }: Comparison): Nearest => ({
  rule,
  misses: parts.filter(({ hit }) => !hit).map(({ part }) => part),
})
