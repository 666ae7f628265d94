/** Which rules, outcomes of handlers and conditions the tests reached. */
import type { DecisionRecord, ExplainedStep } from '../../explain/record.ts'
import { textOf } from '../../lib/bytes.ts'
import type { AuthorizerEntry, HandlerReference, RuleDefinition } from '../../rules/definition.ts'
import { outcomes } from './outcomes.ts'

export interface Coverage {
  readonly items: number
  readonly covered: number
  /** Such as `rule "orders": authenticator jwt: unauthorized`. */
  readonly missing: readonly string[]
}

export interface CoverageCollector {
  readonly add: (record: DecisionRecord) => void
  readonly result: () => Coverage
}

export function createCoverage(rules: readonly RuleDefinition[]): CoverageCollector {
  const items = new Map<string, boolean>(rules.flatMap(itemsOf).map(item => [item, false]))
  const reach = (item: string): void => {
    if (items.has(item)) items.set(item, true)
  }
  return {
    add: ({ rule, steps }) => {
      if (rule === undefined) return
      reach(matchedItem(textOf(rule)))
      for (const item of reachedItems(textOf(rule), steps)) reach(item)
    },
    result: () => {
      const missing = [...items].filter(([, isReached]) => !isReached).map(([item]) => item)
      return { items: items.size, covered: items.size - missing.length, missing }
    },
  }
}

const matchedItem = (rule: string): string => `rule "${rule}": matched`

/** One handler of a rule; `place` tells it from others of the same name. */
interface Placed {
  readonly stage: string
  readonly place: string
  readonly reference: HandlerReference
}

function itemsOf(rule: RuleDefinition): readonly string[] {
  const id = textOf(rule.id)
  const placed = [
    ...inOrder('authenticator', rule.authenticators),
    ...authorizersOf(rule),
    ...inOrder('mutator', rule.mutators),
  ]
  return [
    matchedItem(id),
    ...placed.flatMap(({ stage, place, reference }) => [
      ...(outcomes[stage]?.[reference.handler] ?? []).map(outcome =>
        itemOf(id, { stage, place, outcome }),
      ),
      ...(reference.when === undefined
        ? []
        : ['when true', 'when false'].map(outcome => itemOf(id, { stage, place, outcome }))),
    ]),
  ]
}

const itemOf = (
  rule: string,
  { stage, place, outcome }: { stage: string; place: string; outcome: string },
): string => `rule "${rule}": ${stage} ${place}: ${outcome}`

const inOrder = (
  stage: string,
  references: readonly HandlerReference[] | null,
): readonly Placed[] =>
  (references ?? []).map((reference, i) => ({
    stage,
    place: placeOf(reference.handler, i),
    reference,
  }))

const placeOf = (handler: string, i: number): string =>
  i === 0 ? handler : `${handler} (${i + 1})`

function authorizersOf({ authorizer, authorizers }: RuleDefinition): readonly Placed[] {
  const entries = authorizers ?? [authorizer]
  const within = entries.length > 1 ? 'all' : undefined
  return entries.flatMap((entry, i) =>
    placedEntry(entry, within === undefined ? undefined : `${within}[${i}]`),
  )
}

function placedEntry(entry: AuthorizerEntry, branch: string | undefined): readonly Placed[] {
  if (!('of' in entry)) {
    const place = branch === undefined ? entry.handler : `${branch} ${entry.handler}`
    return [{ stage: 'authorizer', place, reference: entry }]
  }
  const inside = branch === undefined ? entry.of : `${branch}.${entry.of}`
  return entry.entries.flatMap((one, i) => placedEntry(one, `${inside}[${i}]`))
}

function reachedItems(rule: string, steps: readonly ExplainedStep[]): readonly string[] {
  const counts: Record<string, number> = {}
  return steps.flatMap(({ stage, handler, branch, outcome }) => {
    const i = counts[stage] ?? 0
    counts[stage] = i + 1
    if (handler === undefined) return []
    const place = stage === 'authorizer' ? authorizerPlace(handler, branch) : placeOf(handler, i)
    const item = (what: string): string => itemOf(rule, { stage, place, outcome: what })
    return outcome === 'skipped' ? [item('when false')] : [item(outcome), item('when true')]
  })
}

const authorizerPlace = (handler: string, branch: string | undefined): string =>
  branch === undefined ? handler : `${branch} ${handler}`
