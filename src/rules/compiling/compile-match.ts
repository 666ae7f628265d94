/** Compiles the match of a rule to patterns, methods and conditions. */
import { textOf } from '../../lib/bytes.ts'
import type { Match } from '../definition.ts'
import { type Conditions, compileConditions } from '../matching/conditions.ts'
import { compileParts } from '../matching/parts.ts'
import { compilePattern, type Pattern } from '../matching/pattern.ts'
import { isProblem, type PatternProblem, problem, type Strategy } from '../matching/problem.ts'

export interface CompiledMatch {
  /** The rule matches where one of them does. */
  readonly patterns: readonly Pattern[]
  /** undefined: any method. */
  readonly methods: readonly string[] | undefined
  readonly conditions: Conditions | undefined
  readonly isDefault: boolean
}

/** A problem names the key of the match, what was found and what is expected. */
export function compileMatch(match: Match, strategy: Strategy): CompiledMatch | PatternProblem {
  if (match.kind === 'invalid') return problem(match.problem)
  const patterns = patternsOf(match, strategy)
  if (isProblem(patterns)) return inMatch(patterns)
  const conditions = compileConditions(match, strategy)
  if (conditions !== undefined && isProblem(conditions)) return inMatch(conditions)
  return {
    patterns,
    methods: methodsOfMatch(match),
    conditions,
    isDefault: match.isDefault === true,
  }
}

const inMatch = ({ message }: PatternProblem): PatternProblem => problem(`match: ${message}`)

type ValidMatch = Exclude<Match, { readonly kind: 'invalid' }>

function patternsOf(match: ValidMatch, strategy: Strategy): readonly Pattern[] | PatternProblem {
  if (match.kind === 'parts') {
    const { schemes, hosts, paths } = match
    return compileParts({ schemes, hosts: textsOf(hosts), paths: textsOf(paths) })
  }
  const url = match.kind === 'url' ? match.url : `rpc://${match.authority}/${match.fullMethod}`
  const pattern = compilePattern(textOf(url), strategy)
  return isProblem(pattern) ? pattern : [pattern]
}

const textsOf = (list: readonly string[] | null): readonly string[] | null =>
  list?.map(textOf) ?? null

/** undefined: any method. */
export function methodsOfMatch(match: ValidMatch): readonly string[] | undefined {
  if (match.kind === 'rpc') return match.allowHttpGet ? postAndGet : post
  if (match.kind === 'parts') return match.methods ?? undefined
  return match.methods ?? nothing
}

const post: readonly string[] = ['POST']
const postAndGet: readonly string[] = ['POST', 'GET']
const nothing: readonly string[] = []
