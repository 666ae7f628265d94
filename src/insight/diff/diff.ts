/** Compares two rule sets: rule by rule, and by what becomes of requests. */
import type { AccessRequest } from '../../model/request.ts'
import { shownRequest } from '../patterns/request.ts'
import type { FoundRules, MatchedRule } from '../patterns/rules.ts'
import { mayLetIn } from '../rule-sets/access.ts'
import type { OpenedRules } from '../rule-sets/open.ts'
import { idOf, printsOf, type RuleChange, ruleChanges } from './changed-rules.ts'
import { createGroups, type Difference, differenceOf, type Group, type Groups } from './group.ts'
import { type Candidate, type Side, searchRegions, sideOf } from './regions.ts'

export interface Diff {
  /** Rule by rule. */
  readonly rules: readonly RuleChange[]
  /** Over requests; newly allowed first. */
  readonly groups: readonly Group[]
  /** What could not be compared, with the reason. */
  readonly doubts: readonly Doubt[]
}

export interface Doubt {
  readonly rules: readonly string[]
  readonly reason: string
}

/** Requests come from the regions in which the sets differ, or they are given. */
export async function diffRules(
  before: OpenedRules,
  after: OpenedRules,
  requests?: AsyncIterable<GivenRequest>,
): Promise<Diff> {
  const prints = [printsOf(before), printsOf(after)] as const
  const rules = ruleChanges([before, after], prints)
  if (requests !== undefined) return { rules, ...(await compareGiven(before, after, requests)) }
  const sides = [sideOf(before, prints[0]), sideOf(after, prints[1])] as const
  return { rules, ...(await compareRegions(...sides)) }
}

type OverRequests = Pick<Diff, 'groups' | 'doubts'>

/** A request as each set reads it; undefined: a door refuses it. */
export interface GivenRequest {
  readonly before: AccessRequest | undefined
  readonly after: AccessRequest | undefined
}

async function compareGiven(
  before: OpenedRules,
  after: OpenedRules,
  requests: AsyncIterable<GivenRequest>,
): Promise<OverRequests> {
  const groups = createGroups()
  for await (const given of requests) {
    if (given.before === undefined || given.after === undefined) continue
    const verdicts = [
      await before.evaluate(given.before),
      await after.evaluate(given.after),
    ] as const
    const difference = differenceOf(...verdicts)
    if (difference !== undefined) groups.add(difference, shownRequest(given.after))
  }
  return { groups: groups.all(), doubts: [] }
}

async function compareRegions(before: Side, after: Side): Promise<OverRequests> {
  const candidates: Candidate[] = []
  const doubts: Doubt[] = []
  const cut = searchRegions(before, after, {
    onCandidate: candidate => candidates.push(candidate),
    onDoubt: (rules, reason) => doubts.push({ rules: rules.map(idOf), reason }),
  })
  const groups = createGroups()
  for (const candidate of candidates) await addCandidate(groups, candidate, [before, after])
  const all = cut === undefined ? doubts : [...doubts, { rules: [], reason: cut }]
  return { groups: groups.all(), doubts: all }
}

type Sides = readonly [before: Side, after: Side]

async function addCandidate(
  groups: Groups,
  { request, ...found }: Candidate,
  [before, after]: Sides,
): Promise<void> {
  const verdicts = [
    await before.opened.evaluate(request),
    await after.opened.evaluate(request),
  ] as const
  const difference = differenceOf(...verdicts)
  const shown = shownRequest(request)
  if (difference !== undefined) groups.add(difference, shown)
  const rules = [onlyRule(found.before), onlyRule(found.after)] as const
  const isSettled = difference?.kind === 'newly-allowed' || difference?.kind === 'newly-denied'
  if (isSettled || difference?.kind === 'undecided') return
  const question = openQuestion(rules, [before, after])
  if (question === undefined) return
  const [old, next] = rules.map(rule => (rule === undefined ? null : idOf(rule)))
  groups.add({ kind: 'undecided', ...question, old: old ?? null, new: next ?? null }, shown)
}

const onlyRule = (found: FoundRules | undefined): MatchedRule | undefined =>
  found?.rules.length === 1 ? found.rules[0] : undefined

/** What other callers, with other credentials, may get; undefined: the same from both. */
function openQuestion(
  [old, next]: readonly [MatchedRule | undefined, MatchedRule | undefined],
  [before, after]: Sides,
): Pick<Difference, 'change' | 'isStricter'> | undefined {
  const [mayBefore, mayAfter] = [old, next].map(
    rule => rule !== undefined && mayLetIn(rule.definition),
  )
  if (!mayBefore && !mayAfter) return undefined
  if (!mayBefore) return { change: 'with a credential it may be newly allowed' }
  if (!mayAfter) return { change: 'with a credential it may be newly denied', isStricter: true }
  const isSame =
    old && next && before.prints.get(old)?.handlers === after.prints.get(next)?.handlers
  return isSame
    ? undefined
    : { change: 'the handlers differ: what they do with a credential is not known here' }
}
