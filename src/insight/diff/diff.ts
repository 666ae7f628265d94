/** Compares two rule sets: rule by rule, and by what becomes of requests. */
import { isDeepStrictEqual } from 'node:util'
import { type Verdict, verdictOf } from '../../engine/compare/verdict.ts'
import { textOf } from '../../lib/bytes.ts'
import type { AccessRequest } from '../../model/request.ts'
import { shownRequest } from '../patterns/request.ts'
import type { FoundRules, MatchedRule } from '../patterns/rules.ts'
import type { LoggedCapsule } from '../replay/read-capsule.ts'
import { replay } from '../replay/replay.ts'
import type { OpenedRules } from '../rule-sets/open.ts'
import { idOf, printsOf, type RuleChange, ruleChanges } from './changed-rules.ts'
import type { LoggedDecision } from './given-requests.ts'
import { createGroups, type Difference, differenceOf, type Group, type Groups } from './group.ts'
import { type OpenQuestion, openQuestion } from './open-question.ts'
import { type Candidate, type Side, type Sides, searchRegions, sideOf } from './regions.ts'

export interface Diff {
  /** Rule by rule. */
  readonly rules: readonly RuleChange[]
  /** Over requests; newly allowed first. */
  readonly groups: readonly Group[]
  /** What could not be compared, with the reason. */
  readonly doubts: readonly Doubt[]
  /** Capsules of decisions that other rules or settings than the old ones have made. */
  readonly otherCapsules?: number
}

export interface Doubt {
  readonly rules: readonly string[]
  readonly reason: string
}

/** Compares all requests, by one of each region in which the sets may differ. */
export async function diffRules(before: OpenedRules, after: OpenedRules): Promise<Diff> {
  const sides = sidesOf(before, after)
  return { rules: changesIn(sides), ...(await compareRegions(...sides)) }
}

type OverRequests = Pick<Diff, 'groups' | 'doubts'>

const sidesOf = (before: OpenedRules, after: OpenedRules): Sides => [
  sideOf(before, printsOf(before)),
  sideOf(after, printsOf(after)),
]

const changesIn = ([before, after]: Sides): readonly RuleChange[] =>
  ruleChanges([before.opened, after.opened], [before.prints, after.prints])

/** A request as each set reads it; undefined: a door refuses it. */
export interface GivenRequest {
  readonly before: AccessRequest | undefined
  readonly after: AccessRequest | undefined
  /** What was decided when it was sent, where its headers are not known. */
  readonly logged?: LoggedDecision
}

/** Compares the given requests only. */
export async function diffOver(
  requests: AsyncIterable<GivenRequest>,
  before: OpenedRules,
  after: OpenedRules,
): Promise<Diff> {
  const groups = createGroups()
  const sides = sidesOf(before, after)
  let otherCapsules = 0
  for await (const given of requests) {
    if (given.before === undefined || given.after === undefined) continue
    const sent = { before: given.before, after: given.after, logged: given.logged }
    const difference = await differenceOfSent(sent, sides)
    if (difference !== undefined) groups.add(difference, shownRequest(sent.after))
    if (await isOfOthers(given.logged?.capsule, before)) otherCapsules += 1
  }
  return { rules: changesIn(sides), groups: groups.all(), doubts: [], otherCapsules }
}

async function isOfOthers(
  logged: LoggedCapsule | undefined,
  before: OpenedRules,
): Promise<boolean> {
  if (logged === undefined) return false
  const { digest } = await before.replayRules(logged.capsule.now)
  return logged.capsule.rules !== digest
}

interface SentRequest {
  readonly before: AccessRequest
  readonly after: AccessRequest
  readonly logged: LoggedDecision | undefined
}

async function ofBoth(
  sent: Pick<SentRequest, 'before' | 'after'>,
  [{ opened: before }, { opened: after }]: Sides,
): Promise<Difference | undefined> {
  return stableDifference(
    () => before.evaluate(sent.before),
    () => after.evaluate(sent.after),
  )
}

async function stableDifference(
  before: () => Promise<Verdict>,
  after: () => Promise<Verdict>,
): Promise<Difference | undefined> {
  const verdict = await before()
  const difference = differenceOf(verdict, await after())
  if (difference?.kind !== 'headers') return difference
  const isStable = differenceOf(verdict, await before()) === undefined
  return isStable ? difference : { ...difference, kind: 'undecided', change: unstable }
}

/** A template may read the clock, or random numbers. */
const unstable = 'the answer is another one each time'

function differenceOfSent(sent: SentRequest, sides: Sides): Promise<Difference | undefined> {
  const { logged } = sent
  if (logged === undefined) return ofBoth(sent, sides)
  return logged.capsule === undefined
    ? differenceOfLogged(sent, sides)
    : differenceOfCapsule(logged.capsule, sides)
}

/** The credential is not known: what the log says counts, and what follows from the rules alone. */
async function differenceOfLogged(
  sent: SentRequest,
  sides: Sides,
): Promise<Difference | undefined> {
  const old = onlyRule(sides[0].opened.find(sent.before))
  const next = onlyRule(sides[1].opened.find(sent.after))
  const question = openQuestion([old, next], sides)
  const difference = await ofBoth(sent, sides)
  if (question === undefined) return old && next ? undefined : difference
  return withQuestion({ question, difference, isGranted: sent.logged?.isGranted === true }, [
    old,
    next,
  ])
}

interface LoggedQuestion {
  readonly question: OpenQuestion
  readonly difference: Difference | undefined
  readonly isGranted: boolean
}

function withQuestion(
  { question, difference, isGranted }: LoggedQuestion,
  [old, next]: readonly [MatchedRule | undefined, MatchedRule | undefined],
): Difference | undefined {
  const named = { old: nameOf(old), new: nameOf(next) }
  if (question.kind !== 'undecided') return isGranted ? { ...question, ...named } : undefined
  if (isGranted && question.isStricter) {
    return { kind: 'newly-denied', change: `200 → ${next === undefined ? 404 : 401}`, ...named }
  }
  const isOpened = difference?.kind === 'newly-allowed' && !isGranted
  return isOpened ? difference : { ...question, ...named }
}

/** Both sets make the decision again. */
const differenceOfCapsule = (
  capsule: LoggedCapsule,
  [{ opened: before }, { opened: after }]: Sides,
): Promise<Difference | undefined> =>
  stableDifference(
    () => verdictOfCapsule(capsule, before),
    () => verdictOfCapsule(capsule, after),
  )

async function verdictOfCapsule(capsule: LoggedCapsule, opened: OpenedRules): Promise<Verdict> {
  const rules = await opened.replayRules(capsule.capsule.now)
  const { decision, doubts } = await replay(capsule, rules)
  if (doubts.length === 0) return verdictOf(decision)
  const rule = decision.rule === undefined ? undefined : textOf(decision.rule)
  return { kind: 'undecided', rule, reason: `the log does not have ${doubts.join(', ')}` }
}

const nameOf = (rule: MatchedRule | undefined): string | null =>
  rule === undefined ? null : idOf(rule)

async function compareRegions(before: Side, after: Side): Promise<OverRequests> {
  const candidates: Candidate[] = []
  const doubts: Doubt[] = []
  const cut = searchRegions(before, after, {
    onCandidate: candidate => candidates.push(candidate),
    onDoubt: (rules, reason) => doubts.push({ rules: rules.map(idOf), reason }),
  })
  const groups = createGroups()
  for (const candidate of candidates) await addCandidate(groups, candidate, [before, after])
  const general = [...(cut ? [cut] : []), ...pathDoubts(before, after)]
  return {
    groups: groups.all(),
    doubts: [...doubts, ...general.map(reason => ({ rules: [], reason }))],
  }
}

/** Requests are matched in another form. */
function pathDoubts({ opened: before }: Side, { opened: after }: Side): readonly string[] {
  const settings = [before.config?.serve.paths, after.config?.serve.paths]
  return settings.includes(undefined) || isDeepStrictEqual(...(settings as [object, object]))
    ? []
    : ['serve.paths differs: what that does to requests is not compared']
}

async function addCandidate(
  groups: Groups,
  { request, ...found }: Candidate,
  [before, after]: Sides,
): Promise<void> {
  const difference = await ofBoth({ before: request, after: request }, [before, after])
  const shown = shownRequest(request)
  if (difference !== undefined) groups.add(difference, shown)
  const rules = [onlyRule(found.before), onlyRule(found.after)] as const
  const isSettled = difference?.kind === 'newly-allowed' || difference?.kind === 'newly-denied'
  if (isSettled || difference?.kind === 'undecided') return
  const question = openQuestion(rules, [before, after])
  if (question === undefined || (question.kind === 'headers' && difference?.kind === 'headers')) {
    return
  }
  const named = { old: nameOf(rules[0]), new: nameOf(rules[1]) }
  groups.add({ ...question, ...named }, shown)
}

const onlyRule = (found: FoundRules | undefined): MatchedRule | undefined =>
  found?.rules.length === 1 ? found.rules[0] : undefined
