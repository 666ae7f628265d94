/** Compares one rule with one request, part by part. */
import { textOf } from '../../lib/bytes.ts'
import type { AccessRequest } from '../../model/request.ts'
import { methodsOfMatch } from '../../rules/compiling/compile-match.ts'
import type { Match, RuleDefinition, ValueCondition } from '../../rules/definition.ts'
import { urlText } from '../../rules/match-context.ts'
import { compileConditions } from '../../rules/matching/conditions.ts'
import { isProblem, type Strategy } from '../../rules/matching/problem.ts'
import { type Budget, budgetOfRule, reachOf } from './reach.ts'
import { type PatternPart, type UrlPart, urlParts } from './url-parts.ts'

export interface ComparedPart {
  /** `method`, `scheme`, `host`, `path`, `url` (a pattern whose parts cannot be separated), or `header X`, `query x`, `context x`. */
  readonly part: string
  readonly hit: boolean
  /** What the rule wants, as written. */
  readonly expected: string
  /** Of a miss in the URL: where its pattern stopped, counted in the URL that was matched. */
  readonly at?: number | undefined
}

export interface Comparison {
  readonly rule: string
  readonly isDefault: boolean
  readonly parts: readonly ComparedPart[]
}

/** undefined: the match of the rule is not valid. */
export function compareRule(
  { id, match }: RuleDefinition,
  request: AccessRequest,
  strategy: Strategy,
): Comparison | undefined {
  if (match === null || match.kind === 'invalid') return undefined
  const parts = urlParts(match, strategy)
  if (parts === undefined) return undefined
  const url = urlOf(match, request)
  const budget = budgetOfRule()
  return {
    rule: id,
    isDefault: match.isDefault === true,
    parts: [
      compareMethod(match, request),
      ...parts.map(part => compareUrl(part, url, budget)),
      ...compareConditions(match, request, strategy),
    ],
  }
}

type ValidMatch = Exclude<Match, { readonly kind: 'invalid' }>

/** Rules of the gRPC form are compared with the form that gRPC calls have. */
const urlOf = ({ kind }: ValidMatch, request: AccessRequest): string =>
  kind === 'rpc' && request.rpc !== undefined
    ? textOf(request.rpc.url)
    : urlText(request.scheme, request)

function compareMethod(match: ValidMatch, { method }: AccessRequest): ComparedPart {
  const methods = methodsOfMatch(match)
  const hit = methods?.some(one => one.toUpperCase() === method.toUpperCase()) ?? true
  return { part: 'method', hit, expected: methods?.join(', ') ?? 'any' }
}

function compareUrl(pattern: PatternPart, url: string, budget: Budget): ComparedPart {
  const { part, source: expected, nodes } = pattern
  const { text, offset } = pattern.isWhole ? { text: url, offset: 0 } : partOfUrl(part, url)
  const reached = nodes.map(node => reachOf(node, text, budget))
  if (reached.some(reach => reach?.matches)) return { part, hit: true, expected }
  const known = reached.filter(reach => reach !== undefined)
  const at = known.length === 0 ? undefined : offset + Math.max(...known.map(reach => reach.at))
  return { part, hit: false, expected, at }
}

const cut = /^([^:]*):\/\/([^/]*)(.*)$/s

function partOfUrl(part: UrlPart, url: string): { readonly text: string; readonly offset: number } {
  const [, scheme = '', host = '', path = ''] = cut.exec(url) ?? []
  const hostAt = scheme.length + '://'.length
  if (part === 'scheme') return { text: scheme, offset: 0 }
  return part === 'host'
    ? { text: host, offset: hostAt }
    : { text: path, offset: hostAt + host.length }
}

const places = { headers: 'header', query: 'query', context: 'context' } as const

function compareConditions(
  match: ValidMatch,
  request: AccessRequest,
  strategy: Strategy,
): readonly ComparedPart[] {
  return (['headers', 'query', 'context'] as const).flatMap(key =>
    (match[key] ?? []).map(condition => ({
      part: `${places[key]} ${textOf(condition[0])}`,
      hit: holds({ [key]: [condition] }, request, strategy),
      expected: condition[1] === null ? 'absent' : textOf(condition[1]),
    })),
  )
}

function holds(
  narrowing: Readonly<Record<string, readonly ValueCondition[]>>,
  request: AccessRequest,
  strategy: Strategy,
): boolean {
  const conditions = compileConditions(narrowing, strategy)
  return conditions !== undefined && !isProblem(conditions) && conditions.holds(request) === true
}
