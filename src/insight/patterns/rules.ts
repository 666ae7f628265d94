/** A set of rules with what each of them matches, to be compared. */
import {
  createPathReader,
  type PathReader,
  type PathSettings,
} from '../../doors/request/path-reader.ts'
import { textOf } from '../../lib/bytes.ts'
import type { AccessRequest } from '../../model/request.ts'
import { compileMatch } from '../../rules/compiling/compile-match.ts'
import type { RuleDefinition } from '../../rules/definition.ts'
import { urlText } from '../../rules/match-context.ts'
import { createIndex } from '../../rules/matching/index-matcher.ts'
import { createLinear } from '../../rules/matching/linear.ts'
import { type Entry, isUndecided, type Matcher } from '../../rules/matching/matcher.ts'
import { isProblem, type Strategy } from '../../rules/matching/problem.ts'
import type { Urls } from './box.ts'
import { canonicalUrl, readableUrl } from './canonical.ts'
import { buildMachine, type Machine } from './machine.ts'
import { type Region, regionsOf } from './region.ts'

export interface MatchedRule {
  /** Its position in the set. */
  readonly at: number
  readonly definition: RuleDefinition
  readonly isDefault: boolean
  /** Empty: it matches nothing as written. */
  readonly regions: readonly Region[]
  readonly entries: readonly Entry<MatchedRule>[]
}

export interface RulesToCompare {
  readonly definitions: readonly RuleDefinition[]
  readonly strategy: Strategy
  /** `serve.paths` of the configuration. */
  readonly paths: PathSettings
}

export interface ComparedRules {
  readonly rules: readonly MatchedRule[]
  readonly urls: Urls
  readonly paths: PathReader
  /** What the engine would find; undefined: it cannot be evaluated, and the request is denied. */
  readonly find: (request: AccessRequest) => FoundRules | undefined
  /** The same by running the pattern of every rule. */
  readonly findLinear: (request: AccessRequest) => FoundRules | undefined
}

/** The rules that compete for a request: the default rules only where no other rule matches. */
export interface FoundRules {
  readonly rules: readonly MatchedRule[]
  /** Default rules that were not looked at because another rule matches. */
  readonly behind: readonly MatchedRule[]
}

export async function compareRules(set: RulesToCompare): Promise<ComparedRules> {
  const { strategy, paths } = set
  const rules = set.definitions.map((definition, at) => matchedRule(definition, at, strategy))
  const entries = rules.flatMap(rule => rule.entries)
  return {
    rules,
    urls: urlsOf(paths),
    paths: createPathReader(paths),
    find: finder(await createIndex(entries)),
    findLinear: finder(createLinear(entries)),
  }
}

export function matchedRule(
  definition: RuleDefinition,
  at: number,
  strategy: Strategy,
): MatchedRule {
  const entries: Entry<MatchedRule>[] = []
  const { match } = definition
  const compiled = match === null ? undefined : compileMatch(match, strategy)
  const isUsable = compiled !== undefined && !isProblem(compiled)
  const rule: MatchedRule = {
    at,
    definition,
    isDefault: isUsable && compiled.isDefault,
    regions: isUsable ? regionsOf(definition, strategy) : [],
    entries,
  }
  if (!isUsable) return rule
  const { patterns, methods, conditions } = compiled
  for (const pattern of patterns) entries.push({ pattern, methods, conditions, value: rule })
  return rule
}

function urlsOf(paths: PathSettings): Urls {
  return {
    canonical: buildMachine(canonicalUrl(paths)).machine as Machine,
    readable: buildMachine(readableUrl).machine as Machine,
  }
}

/** The same for some of the rules, by running all of their patterns. */
export const findAmong = (rules: readonly MatchedRule[]): ComparedRules['find'] =>
  finder(createLinear(rules.flatMap(rule => rule.entries)))

/** The regions of the rule that the request, which it matches, may be in. */
export function regionsAround(rule: MatchedRule, request: AccessRequest): readonly Region[] {
  const { regions, entries, definition } = rule
  // One for calls without a URL, one for calls with one.
  if (definition.match?.kind === 'rpc') return regions.slice(request.scheme === 'rpc' ? 0 : 1)
  const urls = [request.scheme, request.schemeFallback ?? request.scheme].map(scheme =>
    urlText(scheme, request),
  )
  return regions.filter((_, i) => urls.some(url => entries[i]?.pattern.test(url) !== false))
}

const finder =
  (matcher: Matcher<MatchedRule>) =>
  (request: AccessRequest): FoundRules | undefined => {
    const first = findAs(matcher, request.scheme, request)
    if (first === undefined || first.rules.some(({ isDefault }) => !isDefault)) return first
    const { schemeFallback } = request
    if (schemeFallback === undefined) return first
    const second = findAs(matcher, schemeFallback, request)
    if (second === undefined || second.rules.some(({ isDefault }) => !isDefault)) return second
    return first.rules.length > 0 ? first : second
  }

function findAs(
  matcher: Matcher<MatchedRule>,
  scheme: string,
  request: AccessRequest,
): FoundRules | undefined {
  const { rpc } = request
  const byUrl = findText(matcher, urlText(scheme, request), request)
  const byCall = rpc === undefined ? [] : findText(matcher, textOf(rpc.url), request)
  if (byUrl === undefined || byCall === undefined) return undefined
  const calls = byCall.filter(({ definition }) => definition.match?.kind === 'rpc')
  const all = [...new Set([...byUrl, ...calls])]
  const rules = all.filter(({ isDefault }) => !isDefault)
  const defaults = all.filter(({ isDefault }) => isDefault)
  return rules.length === 0 ? { rules: defaults, behind: [] } : { rules, behind: defaults }
}

function findText(
  matcher: Matcher<MatchedRule>,
  url: string,
  request: AccessRequest,
): readonly MatchedRule[] | undefined {
  try {
    const found = matcher.find({ url, method: request.method, request })
    return isUndecided(found) ? undefined : found
  } catch {
    // A pattern can be larger than the engine of expressions runs.
    return undefined
  }
}
