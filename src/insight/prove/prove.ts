/** Proves claims about a rule set, refutes them with a request, or says why neither was possible. */
import { textOf } from '../../lib/bytes.ts'
import type { AccessRequest } from '../../model/request.ts'
import { isProblem } from '../../rules/matching/problem.ts'
import { within } from '../patterns/box.ts'
import { type Budget, createBudget, isSpent, partOf } from '../patterns/budget.ts'
import { type CheckRequest, type Hunted, hunt } from '../patterns/hunt.ts'
import { isAlone } from '../patterns/overlaps.ts'
import { type PartIndex, partIndexOf, partsOfRule } from '../patterns/pairs.ts'
import type { Condition, Region } from '../patterns/region.ts'
import { type ShownRequest, shownRequest } from '../patterns/request.ts'
import type { MatchedRule } from '../patterns/rules.ts'
import { fit } from '../patterns/shape.ts'
import { authenticatorsOf, authorizersOf, isAuthorizedBy, mayLetIn } from '../rule-sets/access.ts'
import type { OpenedRules } from '../rule-sets/open.ts'
import { type ClaimedRegion, regionsOfClaim } from './claim-region.ts'
import type { RegionClaim } from './claims.ts'

export interface Proof {
  /** The name of the claim. */
  readonly claim: string
  readonly result: 'proven' | 'refuted' | 'undecided'
  /** Why it is refuted or undecided; of a proven claim what should be known, or null. */
  readonly reason: string | null
  /** A request that refutes it. */
  readonly witness: ShownRequest | null
}

export interface Prover {
  readonly opened: OpenedRules
  readonly index: PartIndex
  readonly budget: Budget
}

/** For all claims together. Milliseconds. */
const timeLimit = 10_000
/** For one rule of one claim. */
const perRule = { states: 200_000, milliseconds: 3_000 }

export const createProver = (opened: OpenedRules): Prover => ({
  opened,
  index: partIndexOf(opened.rules),
  budget: createBudget(Number.POSITIVE_INFINITY, timeLimit),
})

/** What is wrong with the host or the path of a claim; undefined: nothing. */
export function problemOf(claim: RegionClaim, { settings }: OpenedRules): string | undefined {
  const regions = regionsOfClaim(claim, settings.strategy)
  return isProblem(regions) ? regions.message : undefined
}

export function proveRegion(claim: RegionClaim, prover: Prover): Proof {
  const regions = regionsOfClaim(claim, prover.opened.settings.strategy)
  if (isProblem(regions)) return undecided(claim, regions.message)
  const rules = [...rulesIn(regions, prover)]
  let doubt: Proof | undefined
  for (const rule of rules) {
    const proof = proveRule(claim, { rule, regions }, prover)
    if (proof?.result === 'refuted') return proof
    doubt ??= proof
  }
  return doubt ?? proven(claim, rules.length)
}

/** undefined: the rule lets in nothing against the claim. */
function proveRule(
  claim: RegionClaim,
  { rule, regions }: Pick<HoleSearch, 'rule' | 'regions'>,
  prover: Prover,
): Proof | undefined {
  const hole = mayLetIn(rule.definition) ? holeOf(claim, rule.definition) : undefined
  if (hole === undefined) return undefined
  const outcome = searchHole({ rule, regions, hole }, prover)
  if (outcome.kind === 'found') return refuted(claim, rule, { hole, request: outcome.request })
  return outcome.kind === 'undecided'
    ? undecided(claim, `rule "${idOf(rule)}": ${outcome.reason}`)
    : undefined
}

const proven = ({ name }: RegionClaim, rules: number): Proof => ({
  claim: name,
  result: 'proven',
  reason: rules === 0 ? 'no rule is for such a request' : null,
  witness: null,
})

const undecided = (claim: RegionClaim, reason: string): Proof => ({
  claim: claim.name,
  result: 'undecided',
  reason,
  witness: null,
})

const idOf = ({ definition }: MatchedRule): string => textOf(definition.id)

/** Rules whose shape fits. */
function rulesIn(regions: readonly ClaimedRegion[], { index }: Prover): ReadonlySet<MatchedRule> {
  const rules = new Set<MatchedRule>()
  for (const { shape } of regions) {
    index.index.visit(shape, ({ rule }) => {
      rules.add(rule)
      return true
    })
  }
  return rules
}

/** How a rule may let in what the claim forbids. */
interface Hole {
  /** Such an authenticator. */
  readonly by: readonly string[]
  readonly text: string
}

function holeOf(claim: RegionClaim, rule: MatchedRule['definition']): Hole | undefined {
  return claim.kind === 'never' ? forbiddenBy(claim, rule) : missingIn(claim, rule)
}

/** Of each list that the claim has, one must be used. */
function forbiddenBy(
  { authenticators, authorizers }: RegionClaim,
  rule: MatchedRule['definition'],
): Hole | undefined {
  const reached = authenticatorsOf(rule)
  const by = authenticators === null ? reached : reached.filter(one => authenticators.includes(one))
  const isUsed = authorizers === null || usesOne(rule, authorizers)
  if (by.length === 0 || !isUsed) return undefined
  return { by, text: `may let it in by ${by.join(' or ')}` }
}

const usesOne = (rule: MatchedRule['definition'], names: readonly string[]): boolean =>
  authorizersOf(rule).some(name => names.includes(name))

/** Something is let in without one of each list that the claim has. */
function missingIn(
  { authenticators, authorizers }: RegionClaim,
  rule: MatchedRule['definition'],
): Hole | undefined {
  const reached = authenticatorsOf(rule)
  const others = authenticators === null ? [] : reached.filter(one => !authenticators.includes(one))
  if (others.length > 0) return { by: others, text: `may let it in by ${others.join(' or ')}` }
  if (authorizers === null || isAuthorizedBy(rule, new Set(authorizers))) return undefined
  return { by: reached, text: `may let it in without ${authorizers.join(' or ')}` }
}

interface HoleSearch {
  readonly rule: MatchedRule
  readonly regions: readonly ClaimedRegion[]
  readonly hole: Hole
}

function searchHole({ rule, regions, hole }: HoleSearch, prover: Prover): Hunted {
  const { opened, budget } = prover
  if (isSpent(budget)) return { kind: 'undecided', reason: 'it takes too long to prove all claims' }
  const parts = partsOfRule(rule)
  const boxes = regions.flatMap(({ box, shape }) =>
    parts
      .filter(part => fit(part.shape, shape))
      .map(({ region }) => within(box, withConditions(region, hole))),
  )
  const { urls, paths } = opened
  return hunt(
    { boxes, check: isLetInBy(opened, rule) },
    { urls, paths, budget: partOf(budget, perRule.states, perRule.milliseconds) },
  )
}

/** `anonymous` is not responsible for a request with a credential. */
const withConditions = (region: Region, { by }: Hole): Region =>
  by.every(name => name === 'anonymous')
    ? { ...region, conditions: [...region.conditions, noCredential] }
    : region

const noCredential: Condition = {
  place: 'header',
  key: 'header authorization',
  name: 'Authorization',
  value: null,
  holds: true,
}

/** Confirms a request with the index, the linear matcher and the rule set of the engine. */
function isLetInBy(opened: OpenedRules, rule: MatchedRule): CheckRequest {
  const alone = isAlone(opened, rule)
  const aloneInAll = isAlone({ find: opened.findLinear }, rule)
  return request => {
    const outcome = alone(request)
    if (outcome.kind !== 'yes') return outcome
    const chosen = findIn(opened, request)
    const isConfirmed = chosen?.kind === 'rule' && chosen.definition === rule.definition
    return isConfirmed ? aloneInAll(request) : { kind: 'stray' }
  }
}

/** undefined: a pattern is too large to be run. */
function findIn({ engine }: OpenedRules, request: AccessRequest) {
  try {
    return engine.find(request)
  } catch {
    return undefined
  }
}

interface Found {
  readonly hole: Hole
  readonly request: AccessRequest
}

const refuted = (claim: RegionClaim, rule: MatchedRule, { hole, request }: Found): Proof => ({
  claim: claim.name,
  result: 'refuted',
  reason: `rule "${idOf(rule)}" ${hole.text}`,
  witness: shownRequest(request),
})
