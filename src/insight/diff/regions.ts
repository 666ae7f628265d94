/**
 * Finds requests that two rule sets may treat in different ways: at least one for each combination of rules that
 * match before and after. Only requests of rules that changed can differ, so all others are left out.
 */
import type { AccessRequest } from '../../model/request.ts'
import { type Box, boxOf, within } from '../patterns/box.ts'
import { type Budget, createBudget, isSpent, partOf } from '../patterns/budget.ts'
import { type CheckOutcome, type CheckRequest, hunt } from '../patterns/hunt.ts'
import { type Part, type PartIndex, partIndexOf, partsOfRule } from '../patterns/pairs.ts'
import { type FoundRules, findAmong, type MatchedRule, regionsAround } from '../patterns/rules.ts'
import { sampleOf } from '../patterns/sample.ts'
import { fit } from '../patterns/shape.ts'
import type { OpenedRules } from '../rule-sets/open.ts'
import { idOf, type PrintedRules } from './changed-rules.ts'

export interface Side {
  readonly opened: OpenedRules
  readonly prints: PrintedRules
  readonly index: PartIndex
  /** Rules by what they match. */
  readonly byMatch: ReadonlyMap<string, readonly MatchedRule[]>
}

export type Sides = readonly [before: Side, after: Side]

export const sideOf = (opened: OpenedRules, prints: PrintedRules): Side => {
  const byMatch = new Map<string, MatchedRule[]>()
  for (const [rule, { match }] of prints) {
    const known = byMatch.get(match)
    if (known === undefined) byMatch.set(match, [rule])
    else known.push(rule)
  }
  return { opened, prints, index: partIndexOf(opened.rules), byMatch }
}

/** A request that may differ, with the rules that match it on each side. */
export interface Candidate {
  readonly request: AccessRequest
  readonly before: FoundRules | undefined
  readonly after: FoundRules | undefined
}

export interface Found {
  /** Called for each request; the same combination of rules may come several times. */
  readonly onCandidate: (candidate: Candidate) => void
  /** Called for what could not be compared. */
  readonly onDoubt: (rules: readonly MatchedRule[], reason: string) => void
}

/** For all rules together. Milliseconds. */
const timeLimit = 20_000
/** For one combination. */
const perCombination = { states: 20_000, milliseconds: 2_000 }

interface Search extends Found {
  readonly before: Side
  readonly after: Side
  readonly budget: Budget
}

/** Returns why not all was looked at; undefined: it was. */
export function searchRegions(before: Side, after: Side, found: Found): string | undefined {
  const budget = createBudget(Number.POSITIVE_INFINITY, timeLimit)
  const search: Search = { before, after, budget, ...found }
  for (const [own, other] of [[after, before] as const, [before, after] as const]) {
    for (const rule of own.opened.rules) {
      if (isSpent(budget)) return 'it takes too long to compare all rules'
      searchRule({ search, own, other, rule })
    }
  }
  return undefined
}

interface RuleSearch {
  readonly search: Search
  /** The set of the rule, and the other one. */
  readonly own: Side
  readonly other: Side
  readonly rule: MatchedRule
}

/** The rules of another side that match the same. */
const twinsOf = (rule: MatchedRule, own: Side, other: Side): readonly MatchedRule[] =>
  other.byMatch.get(own.prints.get(rule)?.match ?? '') ?? []

/** As many rules on both sides match what the rule matches, written in the same way. */
function hasTwin(rule: MatchedRule, own: Side, other: Side): boolean {
  const twins = twinsOf(rule, own, other).length
  return twins > 0 && twins === twinsOf(rule, own, own).length
}

function searchRule(wanted: RuleSearch): void {
  const { own, other, rule, search } = wanted
  const prints = own.prints.get(rule)
  const twins = twinsOf(rule, own, other)
  if (!hasTwin(rule, own, other)) searchAll(wanted)
  else if (own === search.after) {
    const changed = twins.find(
      twin => idOf(twin) !== idOf(rule) || other.prints.get(twin)?.handlers !== prints?.handlers,
    )
    if (changed !== undefined) searchPair(wanted, changed)
  }
}

/** A rule that matches what no rule of the other set matches in the same way. */
function searchAll(wanted: RuleSearch): void {
  const { own, other, rule, search } = wanted
  huntIn(wanted, { boxes: rule.regions.map(boxOf), goal: 'nothing', rules: [rule] })
  for (const one of around(rule, own)) {
    huntInBoth(wanted, one, 'several')
  }
  const partners = around(rule, other)
  for (const one of partners) {
    // The search of the other rule finds this pair, too.
    const isLater = own === search.after || hasTwin(one, other, own)
    if (isLater) searchPair(wanted, one)
  }
}

const searchPair = (wanted: RuleSearch, partner: MatchedRule): void =>
  huntInBoth(wanted, partner, 'pair')

function huntInBoth(wanted: RuleSearch, partner: MatchedRule, goal: Wanted['goal']): void {
  const { rule, search } = wanted
  const rules = [rule, partner]
  const boxes = boxesOf(rule, partner)
  if (boxes === undefined) search.onDoubt(rules, 'they have too many patterns to compare')
  else huntIn(wanted, { boxes, goal, rules })
}

/** Rules of the set that may match the same requests. */
function around(rule: MatchedRule, { index }: Side): readonly MatchedRule[] {
  const rules = new Set<MatchedRule>()
  for (const { shape } of partsOfRule(rule)) {
    index.index.visit(shape, (part: Part) => {
      rules.add(part.rule)
      return true
    })
  }
  rules.delete(rule)
  return [...rules]
}

/** Most combinations of the patterns of two rules. */
const mostBoxes = 2_000

/** What both rules match; undefined: that is too much to look at. */
function boxesOf(one: MatchedRule, other: MatchedRule): readonly Box[] | undefined {
  const others = partsOfRule(other)
  const boxes = partsOfRule(one).flatMap(part =>
    others
      .filter(({ shape }) => fit(part.shape, shape))
      .map(({ region }) => within(boxOf(part.region), region)),
  )
  return boxes.length > mostBoxes ? undefined : boxes
}

interface Wanted {
  readonly boxes: readonly Box[]
  /**
   * What matches besides the rule: `nothing`; `several` of its own set; exactly the partner (`pair`). Where several of
   * the other set match, one of them has changed, and its own search finds that.
   */
  readonly goal: 'nothing' | 'several' | 'pair'
  readonly rules: readonly MatchedRule[]
}

function huntIn({ search, own, other, rule }: RuleSearch, wanted: Wanted): void {
  const { opened } = search.after
  const partner = wanted.rules[1]
  const check: CheckRequest = request => {
    const ours = own.opened.find(request)
    const theirs = other.opened.find(request)
    if (ours === undefined || theirs === undefined || !matchesAtAll(ours, rule)) return stray
    const sets = { ours: ours.rules, theirs: theirs.rules }
    return checks[wanted.goal]({ ...sets, rule, partner, request })
  }
  const outcome = hunt(
    { boxes: wanted.boxes, check, guess: guessOf(rule, wanted) },
    {
      urls: opened.urls,
      paths: opened.paths,
      budget: partOf(search.budget, perCombination.states, perCombination.milliseconds),
    },
  )
  if (outcome.kind === 'undecided') search.onDoubt(wanted.rules, outcome.reason)
  if (outcome.kind !== 'found') return
  const { request } = outcome
  const [before, after] = [search.before, search.after].map(side => confirmed(side, request))
  search.onCandidate({ request, before, after })
}

/** What the index has found, with the patterns run one by one. */
function confirmed({ opened }: Side, request: AccessRequest): FoundRules | undefined {
  const { rules, behind } = opened.find(request) ?? { rules: [], behind: [] }
  return findAmong([...rules, ...behind])(request)
}

const guessOf = ({ regions }: MatchedRule, { boxes }: Wanted): string | undefined =>
  boxes.length === 1 && regions[0] !== undefined ? sampleOf(regions[0].url.node) : undefined

interface Checked {
  /** What matches in the set of the rule, and in the other one. */
  readonly ours: readonly MatchedRule[]
  readonly theirs: readonly MatchedRule[]
  readonly rule: MatchedRule
  readonly partner: MatchedRule | undefined
  readonly request: AccessRequest
}

const yes: CheckOutcome = { kind: 'yes' }
const stray: CheckOutcome = { kind: 'stray' }

const checks: Readonly<Record<Wanted['goal'], (checked: Checked) => CheckOutcome>> = {
  nothing: checked => alone(checked) ?? outOf(checked.theirs, [], checked) ?? yes,
  several: checked => {
    if (checked.ours.length < 2) return stray
    return checked.theirs.length < 2 ? yes : (outOf(checked.theirs, [], checked) ?? stray)
  },
  pair: checked => {
    const { theirs, partner } = checked
    const kept = partner === undefined ? [] : [partner]
    const isThere = kept.every(one => theirs.includes(one))
    return alone(checked) ?? outOf(theirs, kept, checked) ?? (isThere ? yes : stray)
  },
}

/** undefined: the rule is the only one of its set that matches. */
const alone = (checked: Checked): CheckOutcome | undefined =>
  outOf(checked.ours, [checked.rule], checked) ?? (checked.ours.length === 0 ? stray : undefined)

/** Because of which other rule it is not; undefined: there is no other. */
function outOf(
  rules: readonly MatchedRule[],
  kept: readonly MatchedRule[],
  { request }: Checked,
): CheckOutcome | undefined {
  const extra = rules.find(one => !kept.includes(one))
  if (extra === undefined) return undefined
  const [region] = regionsAround(extra, request)
  return region === undefined ? stray : { kind: 'no', because: region }
}

const matchesAtAll = ({ rules, behind }: FoundRules, rule: MatchedRule): boolean =>
  rules.includes(rule) || behind.includes(rule)
