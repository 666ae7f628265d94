/** Which rules differ between two sets: by what they match, or by what they do. */
import { isDeepStrictEqual } from 'node:util'
import { textOf } from '../../lib/bytes.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { SectionSettings } from '../../rules/compiling/settings.ts'
import { type AuthorizerEntry, type RuleDefinition, ruleJson } from '../../rules/definition.ts'
import type { MatchedRule } from '../patterns/rules.ts'
import type { OpenedRules } from '../rule-sets/open.ts'

/** Equal texts match the same, and do the same. */
export interface Prints {
  readonly match: string
  /** All that a rule does. */
  readonly handlers: string
  /** What decides who is let in, and with what: all without where it is sent. */
  readonly admission: string
}

/** Rules with what they are compared by. */
export type PrintedRules = ReadonlyMap<MatchedRule, Prints>

export const printsOf = (opened: OpenedRules): PrintedRules =>
  new Map(opened.rules.map(rule => [rule, printOf(rule.definition, opened)]))

function printOf(definition: RuleDefinition, { settings }: OpenedRules): Prints {
  const { strategy, fallback, resources = [] } = settings
  const { match, id: _, description: _text, upstream, ...rest } = ruleJson(definition)
  const used = {
    authenticators: usedOf(settings.authenticators, definition.authenticators ?? []),
    authorizers: usedOf(settings.authorizers, definition.authorizers ?? [definition.authorizer]),
    mutators: usedOf(settings.mutators, definition.mutators ?? []),
    errors: usedOf(settings.errors, [
      ...(definition.errors ?? []),
      ...fallback.map(handler => ({ handler, config: null })),
    ]),
  }
  // Without a URL the proxy denies.
  const isSent = definition.upstream.url !== ''
  const admission = JSON.stringify([rest, isSent, used, fallback, resources])
  return {
    match: JSON.stringify([strategy, match]),
    handlers: JSON.stringify([admission, upstream]),
    admission,
  }
}

/** The settings of the handlers that a rule uses. */
function usedOf(settings: SectionSettings, entries: readonly AuthorizerEntry[]): JsonObject {
  const names = [...new Set(entries.flatMap(namesIn))]
  return Object.fromEntries(names.map(name => [name, settings[name]?.config ?? null]))
}

const namesIn = (entry: AuthorizerEntry): readonly string[] =>
  'of' in entry ? entry.entries.flatMap(namesIn) : [entry.handler]

/** How one rule changed. */
export interface RuleChange {
  readonly rule: string
  readonly change: 'added' | 'removed' | 'changed'
  /** The members that differ, such as `match.methods`; `settings`: those of a handler in the configuration. */
  readonly fields: readonly string[]
}

export function ruleChanges(
  [before, after]: readonly [OpenedRules, OpenedRules],
  [oldPrints, newPrints]: readonly [PrintedRules, PrintedRules],
): readonly RuleChange[] {
  const left = byId(before.rules)
  const changes = after.rules.flatMap((rule): readonly RuleChange[] => {
    const other = left.get(rule.definition.id)?.shift()
    if (other === undefined) return [{ rule: idOf(rule), change: 'added', fields: [] }]
    const fields = fieldsOf(other, rule)
    const isSame = isDeepStrictEqual(oldPrints.get(other), newPrints.get(rule))
    const all = fields.length === 0 && !isSame ? ['settings'] : fields
    return all.length === 0 ? [] : [{ rule: idOf(rule), change: 'changed', fields: all }]
  })
  const removed = [...left.values()].flat()
  return [
    ...changes,
    ...removed.map(rule => ({ rule: idOf(rule), change: 'removed', fields: [] }) as const),
  ]
}

export const idOf = ({ definition }: MatchedRule): string => textOf(definition.id)

function byId(rules: readonly MatchedRule[]): Map<string, MatchedRule[]> {
  const all = new Map<string, MatchedRule[]>()
  for (const rule of rules) {
    const known = all.get(rule.definition.id)
    if (known === undefined) all.set(rule.definition.id, [rule])
    else known.push(rule)
  }
  return all
}

const fieldsOf = (before: MatchedRule, after: MatchedRule): readonly string[] =>
  differing([ruleJson(before.definition), ruleJson(after.definition)], '')

/** What differs in what two rules do, for people: members, or `settings` of a handler in the configuration. */
export function differingMembers(before: MatchedRule, after: MatchedRule): readonly string[] {
  const fields = fieldsOf(before, after).filter(field => !/^(?:id|description|match)\b/.test(field))
  return fields.length === 0 ? ['settings'] : fields
}

/** How deep members are named: `authenticators.0.config`. */
const deepest = 3

function differing(
  [before, after]: readonly [JsonValue | undefined, JsonValue | undefined],
  path: string,
): readonly string[] {
  if (isDeepStrictEqual(before, after)) return []
  const isAtEnd = path.split('.').length >= deepest
  if (isAtEnd || !isComposed(before) || !isComposed(after)) return [path]
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return keys.flatMap(key =>
    differing(
      [(before as JsonObject)[key], (after as JsonObject)[key]],
      path === '' ? key : `${path}.${key}`,
    ),
  )
}

const isComposed = (value: JsonValue | undefined): value is JsonObject | JsonValue[] =>
  value !== undefined && (isJsonObject(value) || Array.isArray(value))
