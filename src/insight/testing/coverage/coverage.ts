/** Which rules, outcomes of handlers, conditions and branches of templates the tests reached. */
import type { DecisionRecord, ExplainedStep } from '../../../explain/record.ts'
import { textOf } from '../../../lib/bytes.ts'
import type { LintedRule, Path } from '../../lint/linted.ts'
import type { TakenBranches } from './branches.ts'
import {
  authorizerPlace,
  type CoverageItem,
  type HandlerPlace,
  itemsOf,
  listPlace,
  matchedItem,
  outcomeItem,
  ranItem,
} from './items.ts'

/** How often something was reached. */
export interface Reached {
  /** Such as `rule "orders": authenticator jwt: unauthorized`. */
  readonly name: string
  readonly hits: number
  /** How often the rule matched or the handler ran. */
  readonly runs: number
  readonly rule: LintedRule
  /** Within the rule. */
  readonly path: Path
}

export interface CoverageCollector {
  readonly add: (record: DecisionRecord) => void
  /** What the decision that was recorded last reached. */
  readonly namesOf: (record: DecisionRecord) => readonly string[]
  readonly result: () => readonly Reached[]
}

/** `taken`: the branches of templates, after each step of a decision. */
export function createCoverage(
  rules: readonly LintedRule[],
  taken: TakenBranches,
): CoverageCollector {
  const items = new Map(
    rules.flatMap(rule => itemsOf(rule).map(item => [item.name, { ...item, rule }] as const)),
  )
  const branches = branchNames([...items.values()])
  const hits = new Map<string, number>()
  const reach = (name: string): void => void hits.set(name, (hits.get(name) ?? 0) + 1)
  const namesOf = ({ step, placed, i }: PlacedStep): readonly string[] => [
    ...reachedBy(step, placed),
    ...[...taken.ofStep(i)].flatMap(
      branch => branches.get(branchOf(ranItem(placed), branch)) ?? [],
    ),
  ]
  const allNames = ({ rule, steps }: DecisionRecord): readonly string[] =>
    rule === undefined
      ? []
      : [matchedItem(textOf(rule)), ...placedSteps(textOf(rule), steps).flatMap(namesOf)]
  return {
    add: record => allNames(record).forEach(reach),
    namesOf: allNames,
    result: () =>
      [...items.values()].map(({ name, line, rule, path }) => ({
        name,
        hits: hits.get(name) ?? 0,
        runs: hits.get(line) ?? 0,
        rule,
        path,
      })),
  }
}

const branchOf = (line: string, branch: string): string => `${line} ${branch}`

/** The names of items by the branch of a template; a handler may have the same text twice. */
function branchNames(items: readonly CoverageItem[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>()
  for (const { name, line, branch } of items) {
    if (branch === undefined) continue
    const key = branchOf(line, branch)
    names.set(key, [...(names.get(key) ?? []), name])
  }
  return names
}

interface PlacedStep {
  readonly step: ExplainedStep
  readonly placed: HandlerPlace
  /** The number of the step in the decision. */
  readonly i: number
}

function placedSteps(rule: string, steps: readonly ExplainedStep[]): readonly PlacedStep[] {
  const counts: Record<string, number> = {}
  return steps.flatMap((step, i) => {
    const { stage, handler, branch } = step
    const at = counts[stage] ?? 0
    counts[stage] = at + 1
    if (handler === undefined) return []
    const place = stage === 'authorizer' ? authorizerPlace(handler, branch) : listPlace(handler, at)
    return [{ step, placed: { rule, stage, place }, i }]
  })
}

const reachedBy = ({ outcome }: ExplainedStep, placed: HandlerPlace): readonly string[] =>
  outcome === 'skipped'
    ? [outcomeItem(placed, 'when false')]
    : [outcomeItem(placed, outcome), outcomeItem(placed, 'when true'), ranItem(placed)]
