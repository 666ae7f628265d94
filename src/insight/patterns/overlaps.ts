/**
 * Rules that get in each other's way: two that match one request (each such request is denied), rules that are never
 * the only match, and rules that match nothing. Each finding has a witness that the rules themselves have confirmed.
 */
import type { AccessRequest } from '../../model/request.ts'
import { boxOf, within } from './box.ts'
import { type Budget, createBudget, isSpent, partOf } from './budget.ts'
import { type CheckOutcome, type CheckRequest, type HuntTools, hunt } from './hunt.ts'
import { type Part, type PartIndex, partIndexOf, partsOfRule } from './pairs.ts'
import { type ShownRequest, shownRequest } from './request.ts'
import {
  type ComparedRules,
  compareRules,
  findAmong,
  type MatchedRule,
  type RulesToCompare,
  regionsAround,
} from './rules.ts'
import { sampleOf } from './sample.ts'

export interface OverlapFinding {
  readonly kind: 'overlap' | 'unreachable' | 'never-matches'
  /** Its position in the list of definitions. */
  readonly rule: number
  /** The earlier rule of an overlap; of an unreachable rule the first that matches whatever it matches. */
  readonly other?: number
  /** A request that both match. */
  readonly witness?: ShownRequest
}

export interface Overlaps {
  readonly findings: readonly OverlapFinding[]
  /** What could not be decided, with the reason. */
  readonly undecided: readonly UndecidedOverlap[]
  /** Not all pairs were looked at, or not all findings are listed; undefined: all were. */
  readonly cut: string | undefined
}

export interface UndecidedOverlap {
  readonly kind: OverlapFinding['kind']
  readonly rule: number
  readonly other?: number
  readonly reason: string
}

export interface OverlapLimits {
  /** For all rules together. */
  readonly milliseconds: number
  /** Most overlaps that are listed. */
  readonly findings: number
}

const usualLimits: OverlapLimits = { milliseconds: 10_000, findings: 5_000 }

/** States and milliseconds for one pair of rules. */
const perPair = { states: 20_000, milliseconds: 2_000 }

export async function overlapsOf(
  set: RulesToCompare,
  limits: OverlapLimits = usualLimits,
): Promise<Overlaps> {
  return overlapsIn(await compareRules(set), limits)
}

interface Search {
  readonly compared: ComparedRules
  readonly limits: OverlapLimits
  readonly whole: Budget
  readonly findings: OverlapFinding[]
  readonly undecided: UndecidedOverlap[]
  cut: string | undefined
  /** Rules that overlap another one: only they can be unreachable. */
  readonly overlapping: Set<MatchedRule>
  readonly listed: { count: number; isFull: boolean }
}

export function overlapsIn(compared: ComparedRules, limits: OverlapLimits = usualLimits): Overlaps {
  const search: Search = {
    compared,
    limits,
    whole: createBudget(Number.POSITIVE_INFINITY, limits.milliseconds),
    findings: [],
    undecided: [],
    cut: undefined,
    overlapping: new Set(),
    listed: { count: 0, isFull: false },
  }
  const usable = compared.rules.filter(rule => matchesSomething(search, rule))
  const index = partIndexOf(usable)
  for (const rule of usable) overlapsOfRule(search, rule, index)
  for (const rule of usable) {
    if (search.overlapping.has(rule) || rule.isDefault) reachability(search, rule)
  }
  const { findings, undecided, cut } = search
  return { findings: findings.toSorted((a, b) => a.rule - b.rule), undecided, cut }
}

const toolsFor = ({ compared: { urls, paths }, whole }: Search): HuntTools => ({
  urls,
  paths,
  budget: partOf(whole, perPair.states, perPair.milliseconds),
})

/** Rules with an invalid match are for `validate`. */
function matchesSomething(search: Search, rule: MatchedRule): boolean {
  if (rule.entries.length === 0) return false
  const [first] = rule.regions
  const guess = rule.regions.length === 1 && first ? sampleOf(first.url.node) : undefined
  const wanted = { boxes: rule.regions.map(boxOf), check: allMatch([rule]), guess }
  const outcome = hunt(wanted, toolsFor(search))
  if (outcome.kind === 'none') search.findings.push({ kind: 'never-matches', rule: rule.at })
  if (outcome.kind === 'undecided') {
    search.undecided.push({ kind: 'never-matches', rule: rule.at, reason: outcome.reason })
  }
  return outcome.kind !== 'none'
}

/** Confirms a request by running the patterns of these rules. */
function allMatch(rules: readonly MatchedRule[]): CheckRequest {
  const find = findAmong(rules)
  return request =>
    find(request)?.rules.length === rules.length ? { kind: 'yes' } : { kind: 'stray' }
}

/** Default rules meet only where no other rule matches. */
const bothDecide =
  ({ find }: ComparedRules, pair: readonly MatchedRule[]): CheckRequest =>
  request => {
    const { rules = [], behind = [] } = find(request) ?? {}
    if (pair.every(rule => rules.includes(rule))) return { kind: 'yes' }
    return pair.every(rule => behind.includes(rule))
      ? notAlone(rules, pair[0], request)
      : { kind: 'stray' }
  }

/** Compares a rule with all rules before it. */
function overlapsOfRule(search: Search, rule: MatchedRule, { index }: PartIndex): void {
  const known = new Set<MatchedRule>()
  for (const part of partsOfRule(rule)) {
    index.visit(part.shape, other => {
      const isPair = other.rule.at < rule.at && other.rule.isDefault === rule.isDefault
      if (isPair && !known.has(other.rule) && isWanted(search, [rule, other.rule])) {
        comparePair(search, [other, part], known)
      }
      if (isSpent(search.whole)) search.cut = tooLong
      return !isSpent(search.whole)
    })
  }
}

const tooLong = 'it takes too long to compare all rules'

/** When enough overlaps are listed, the others are only needed to find unreachable rules. */
function isWanted({ listed, overlapping }: Search, pair: readonly MatchedRule[]): boolean {
  return !listed.isFull || pair.some(rule => !overlapping.has(rule))
}

function comparePair(
  search: Search,
  [other, part]: readonly [Part, Part],
  known: Set<MatchedRule>,
): void {
  const box = within(boxOf(other.region), part.region)
  const rules = [other.rule, part.rule]
  const check = part.rule.isDefault ? bothDecide(search.compared, rules) : allMatch(rules)
  const outcome = hunt({ boxes: [box], check, guess: guessFor(other, part) }, toolsFor(search))
  const pair = { rule: part.rule.at, other: other.rule.at }
  if (outcome.kind === 'undecided') {
    search.undecided.push({ kind: 'overlap', ...pair, reason: outcome.reason })
  }
  if (outcome.kind !== 'found') return
  known.add(other.rule)
  list(search, { kind: 'overlap', ...pair, witness: shownRequest(outcome.request) })
  search.overlapping.add(part.rule).add(other.rule)
}

function list(search: Search, overlap: OverlapFinding): void {
  const { findings, limits, listed } = search
  if (listed.isFull) {
    search.cut ??= `only the first ${limits.findings} overlaps are listed`
    return
  }
  findings.push(overlap)
  listed.count += 1
  listed.isFull = listed.count >= limits.findings
}

/** A URL that is made of one pattern and happens to match the other. */
function guessFor(...parts: readonly [Part, Part]): string | undefined {
  const [one, other] = parts
  return [[one, other] as const, [other, one] as const]
    .map(([from, to]) => ({ guess: sampleOf(from.region.url.node), to }))
    .find(({ guess, to }) => to.rule.entries.some(({ pattern }) => pattern.test(guess)))?.guess
}

/** Finds out whether a rule is ever the only one that matches. */
function reachability(search: Search, rule: MatchedRule): void {
  if (isSpent(search.whole)) {
    search.cut ??= tooLong
    return
  }
  const shared = firstShared(search, rule)
  const outcome = hunt({ boxes: rule.regions.map(boxOf), check: shared.check }, toolsFor(search))
  if (outcome.kind === 'undecided') {
    search.undecided.push({ kind: 'unreachable', rule: rule.at, reason: outcome.reason })
  }
  if (outcome.kind !== 'none') return
  search.findings.push({ kind: 'unreachable', rule: rule.at, ...shared.first() })
}

/** `isAlone`, which remembers the first request that another rule matches, too. */
function firstShared({ compared }: Search, rule: MatchedRule) {
  const check = isAlone(compared, rule)
  let first: Pick<OverlapFinding, 'other' | 'witness'> = {}
  return {
    first: () => first,
    check: (request: AccessRequest): CheckOutcome => {
      const other = compared.find(request)?.rules.find(one => one !== rule)
      if (first.other === undefined && other !== undefined) {
        first = { other: other.at, witness: shownRequest(request) }
      }
      return check(request)
    },
  }
}

/** Whether only this rule matches a request; otherwise because of which region it is not alone. */
export const isAlone =
  ({ find }: Pick<ComparedRules, 'find'>, rule: MatchedRule): CheckRequest =>
  request => {
    const found = find(request)
    if (found === undefined) return { kind: 'stray' }
    const { rules, behind } = found
    if (rules.length === 1 && rules[0] === rule) return { kind: 'yes' }
    return [...rules, ...behind].includes(rule) ? notAlone(rules, rule, request) : { kind: 'stray' }
  }

/** One of the others at a time: mostly it is the same that matches the other requests. */
function notAlone(
  rules: readonly MatchedRule[],
  rule: MatchedRule | undefined,
  request: AccessRequest,
): CheckOutcome {
  const other = rules.find(one => one !== rule)
  const [region] = other === undefined ? [] : regionsAround(other, request)
  return region === undefined ? { kind: 'stray' } : { kind: 'no', because: region }
}
