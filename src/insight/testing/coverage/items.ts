/** Everything about a rule that a test can reach, each with its name and its place in the rule. */
import { templateTexts } from '../../../handlers/config-templates.ts'
import { textOf } from '../../../lib/bytes.ts'
import { type Branch, branchesOf } from '../../../templates/branches.ts'
import type { LintedRule, Path, UsedHandler } from '../../lint/linted.ts'
import { mayLetIn } from '../../rule-sets/access.ts'
import { outcomes } from './outcomes.ts'

export interface CoverageItem {
  /** Such as `rule "orders": authenticator jwt: unauthorized`. */
  readonly name: string
  /** The name under which it is counted that its line was run. */
  readonly line: string
  /** Within the rule. */
  readonly path: Path
  /** A branch of a template: what the template reports when it is taken. */
  readonly branch?: string
}

/** Tells a handler from others of its rule. */
export interface HandlerPlace {
  readonly rule: string
  readonly stage: string
  /** Such as `jwt`, `header (2)` and `any[1] remote`. */
  readonly place: string
}

export const matchedItem = (rule: string): string => `rule "${rule}": matched`

export const outcomeItem = ({ rule, stage, place }: HandlerPlace, outcome: string): string =>
  `rule "${rule}": ${stage} ${place}: ${outcome}`

/** Counts every time that the handler ran, whatever came out. */
export const ranItem = (handler: HandlerPlace): string => outcomeItem(handler, 'ran')

export const listPlace = (handler: string, i: number): string =>
  i === 0 ? handler : `${handler} (${i + 1})`

export const authorizerPlace = (handler: string, branch: string | undefined): string =>
  branch === undefined ? handler : `${branch} ${handler}`

/** What the template reports, as a text. */
export const branchKey = (source: string, position: number, isElse: boolean): string =>
  `${position} ${isElse} ${source}`

export function itemsOf(rule: LintedRule): readonly CoverageItem[] {
  const name = matchedItem(rule.id)
  const matched: CoverageItem = { name, line: name, path: [] }
  return [matched, ...rule.handlers.filter(isCounted(rule)).flatMap(used => itemsIn(rule, used))]
}

/** Where nobody gets in, mutators are never run. */
const isCounted =
  ({ definition }: LintedRule) =>
  ({ stage }: UsedHandler): boolean =>
    stage !== 'error' && (stage !== 'mutator' || mayLetIn(definition))

function itemsIn(rule: LintedRule, used: UsedHandler): readonly CoverageItem[] {
  const { stage, handler, reference, path } = used
  const placed: HandlerPlace = { rule: rule.id, stage, place: placeOf(rule, used) }
  const line = ranItem(placed)
  const conditions = reference.when === undefined ? [] : ['when true', 'when false']
  return [
    ...[...(outcomes[stage]?.[handler] ?? []), ...conditions].map(outcome => ({
      name: outcomeItem(placed, outcome),
      line,
      path,
    })),
    ...branchItems(placed, used),
  ]
}

function branchItems(placed: HandlerPlace, { kind, config, path }: UsedHandler) {
  return templateTexts(config, kind.templates ?? []).flatMap(({ path: within, text }) =>
    branchesOf(text).map(
      (branch): CoverageItem => ({
        name: outcomeItem(placed, `${textOf(within.join('.'))}: ${nameOf(branch)}`),
        line: ranItem(placed),
        path: [...path, 'config', ...within],
        branch: branchKey(text, branch.position, branch.isElse),
      }),
    ),
  )
}

const nameOf = ({ kind, isElse, line, column }: Branch): string =>
  `${isElse ? `else of ${kind}` : kind} (line ${line}, column ${column})`

/** As the steps of a decision name it. */
function placeOf({ definition }: LintedRule, { stage, handler, path }: UsedHandler) {
  if (stage !== 'authorizer') return listPlace(handler, Number(path.at(-1)))
  const isOneOfSeveral = (definition.authorizers ?? []).length > 1
  return authorizerPlace(handler, branchOf(path.slice(1), isOneOfSeveral))
}

/** `[1, 'any', 0]` is `all[1].any[0]` where the rule has several authorizers, else `any[0]`. */
function branchOf([at, ...below]: Path, isOneOfSeveral: boolean): string | undefined {
  const first = isOneOfSeveral ? [`all[${at}]`] : []
  const rest = below.flatMap((of, i) => (i % 2 === 0 ? [`${of}[${below[i + 1]}]`] : []))
  const parts = [...first, ...rest]
  return parts.length === 0 ? undefined : parts.join('.')
}
