/** Requests that a rule matches, and requests that it just does not match. */

import type { Config } from '../../../config/config.ts'
import { textOf } from '../../../lib/bytes.ts'
import type { AccessRequest } from '../../../model/request.ts'
import type { RuleDefinition } from '../../../rules/definition.ts'
import { boxOf } from '../../patterns/box.ts'
import { type Budget, createBudget, partOf } from '../../patterns/budget.ts'
import { type CheckOutcome, type CheckRequest, type Hunted, hunt } from '../../patterns/hunt.ts'
import type { Region } from '../../patterns/region.ts'
import {
  type ComparedRules,
  compareRules,
  findAmong,
  type MatchedRule,
  matchedRule,
  regionsAround,
} from '../../patterns/rules.ts'
import type { RequestParts } from '../case.ts'

export interface RequestSearch {
  /** A request that this rule matches and no other. */
  readonly inside: (definition: RuleDefinition) => Hunted
  /** One that the changed rule matches and the rule does not; where there is one, that no other matches. */
  readonly between: (definition: RuleDefinition, changed: RuleDefinition) => Hunted
}

/** For all searches together; milliseconds. */
const timeLimit = 20_000
/** For one search. */
const perSearch = { states: 20_000, milliseconds: 1_000 }

export async function createRequestSearch(
  definitions: readonly RuleDefinition[],
  config: Config,
): Promise<RequestSearch> {
  const strategy = config.access_rules.matching_strategy
  const compared = await compareRules({ definitions, strategy, paths: config.serve.paths })
  const whole = createBudget(Number.POSITIVE_INFINITY, timeLimit)
  const byDefinition = new Map(compared.rules.map(rule => [rule.definition, rule]))
  const search = (regions: readonly Region[], check: CheckRequest): Hunted =>
    hunt({ boxes: regions.map(boxOf), check }, toolsOf(compared, whole))
  return {
    inside: definition => {
      const rule = byDefinition.get(definition)
      if (rule === undefined) return { kind: 'none' }
      return search(sendable(rule), request => onlyBy(rule, compared, request))
    },
    between: (definition, changed) => {
      const rule = byDefinition.get(definition)
      if (rule === undefined) return { kind: 'none' }
      const { regions } = matchedRule(changed, rule.at, strategy)
      const isWider = matcherOf(matchedRule(changed, rule.at, strategy))
      const added: Added = { rule, isMatched: matcherOf(rule), isWider }
      const alone = search(regions, request => addedTo(request, { ...added, compared }))
      return alone.kind === 'found' ? alone : search(regions, request => addedTo(request, added))
    },
  }
}

const toolsOf = ({ urls, paths }: ComparedRules, whole: Budget): Parameters<typeof hunt>[1] => ({
  urls,
  paths,
  budget: partOf(whole, perSearch.states, perSearch.milliseconds),
})

/** Calls of the form of gRPC have a URL, too. */
const sendable = ({ regions, definition }: MatchedRule): readonly Region[] =>
  regions.slice(definition.match?.kind === 'rpc' ? 1 : 0)

const yes: CheckOutcome = { kind: 'yes' }
const stray: CheckOutcome = { kind: 'stray' }

/** No request around it, in the region of the rule. */
const notBecauseOf = (rule: MatchedRule, request: AccessRequest): CheckOutcome => {
  const [because] = regionsAround(rule, request)
  return because === undefined ? stray : { kind: 'no', because }
}

function onlyBy(rule: MatchedRule, { find }: ComparedRules, request: AccessRequest): CheckOutcome {
  const found = find(request)?.rules ?? []
  const other = found.find(one => one !== rule)
  if (other !== undefined) return notBecauseOf(other, request)
  return found.includes(rule) ? yes : stray
}

type IsMatched = (request: AccessRequest) => boolean

function matcherOf(rule: MatchedRule): IsMatched {
  const find = findAmong([rule])
  return request => {
    const found = find(request)
    return found !== undefined && found.rules.length + found.behind.length > 0
  }
}

interface Added {
  readonly rule: MatchedRule
  readonly isMatched: IsMatched
  readonly isWider: IsMatched
  /** No other rule may match. */
  readonly compared?: ComparedRules
}

function addedTo(request: AccessRequest, added: Added): CheckOutcome {
  const { rule, isMatched, isWider, compared } = added
  if (isMatched(request)) return notBecauseOf(rule, request)
  if (!isWider(request)) return stray
  const other = compared?.find(request)?.rules[0]
  return other === undefined ? yes : notBecauseOf(other, request)
}

/** The request as a test file writes it; undefined: no client can send it as HTTP. */
export function requestParts(request: AccessRequest): RequestParts | undefined {
  const { method, scheme, raw, headers, context } = request
  const web = schemes[scheme]
  if (web === undefined) return undefined
  const upgrade = web === scheme ? [] : webSocket
  const pairs = [...headers.pairs, ...upgrade].map(([name, value]) => [textOf(name), textOf(value)])
  return {
    method: textOf(method),
    url: textOf(`${web}://${raw.host}${raw.target}`),
    ...(pairs.length === 0 ? {} : { headers: Object.fromEntries(pairs) }),
    ...(context.size === 0 ? {} : { context: textPairs(context) }),
  }
}

const schemes: Readonly<Record<string, string>> = {
  http: 'http',
  https: 'https',
  ws: 'http',
  wss: 'https',
}

const webSocket = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
] as const

const textPairs = (pairs: Iterable<readonly [string, string]>): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from(pairs, ([name, value]) => [textOf(name), textOf(value)]))
