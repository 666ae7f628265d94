/** What a rule matches, as sets that can be intersected and subtracted: URLs, methods and conditions. */
import { textOf } from '../../lib/bytes.ts'
import { foldedName } from '../../lib/header-name.ts'
import type { Match, Narrowing, RuleDefinition, ValueCondition } from '../../rules/definition.ts'
import { choice, type Node, sequence, text } from '../../rules/matching/node.ts'
import { type ParsedPair, parseParts } from '../../rules/matching/parts.ts'
import { parsePattern, parseText } from '../../rules/matching/pattern.ts'
import { isProblem, type PatternProblem, type Strategy } from '../../rules/matching/problem.ts'
import { type Language, languageOf } from './language.ts'
import { type MethodSet, methodsFrom } from './methods.ts'

/** What is demanded of one name. `rpc`: whether the request is a gRPC call at the gRPC door. */
export interface Condition {
  readonly place: 'header' | 'query' | 'context' | 'rpc'
  /** Equal for conditions that read the same values. */
  readonly key: string
  /** As written. Byte string. */
  readonly name: string
  /** Every value is in it, and there is one; null: there is none. */
  readonly value: Language | null
  /** False: the condition must not hold. */
  readonly holds: boolean
}

export interface Region {
  readonly url: Language
  readonly methods: MethodSet
  readonly conditions: readonly Condition[]
}

/** A region for each pattern of the rule; none for a rule that cannot be used as written. */
export function regionsOf({ match }: RuleDefinition, strategy: Strategy): readonly Region[] {
  if (match === null || match.kind === 'invalid') return []
  const parsed = pairsOf(match, strategy)
  const conditions = conditionsOf(match, strategy)
  if (isProblem(parsed) || conditions === undefined) return []
  const methods = methodsFrom(methodsOf(match))
  return parsed.map(({ source, node, isCall }) => ({
    url: languageOf(source, node, `${strategy} ${match.kind} ${isCall} ${source}`),
    methods,
    conditions: isCall ? [...conditions, grpcCall] : conditions,
  }))
}

type ValidMatch = Exclude<Match, { readonly kind: 'invalid' }>

interface Pair extends ParsedPair {
  /** It matches gRPC calls that have an http URL. */
  readonly isCall: boolean
}

function pairsOf(match: ValidMatch, strategy: Strategy): readonly Pair[] | PatternProblem {
  if (match.kind === 'parts') {
    const { schemes, hosts, paths } = match
    const pairs = parseParts({ schemes, hosts: textsOf(hosts), paths: textsOf(paths) })
    return isProblem(pairs) ? pairs : pairs.map(pair => ({ ...pair, isCall: false }))
  }
  const written = match.kind === 'url' ? match.url : `rpc://${match.authority}/${match.fullMethod}`
  const source = textOf(written)
  const node = parsePattern(source, strategy)
  if (isProblem(node)) return node
  const plain = { source, node, isCall: false }
  return match.kind === 'url' ? [plain] : [plain, { source, node: asUrl(node), isCall: true }]
}

const textsOf = (list: readonly string[] | null): readonly string[] | null =>
  list?.map(textOf) ?? null

/** A call has an http URL besides the text that the gRPC form is compared with. */
function asUrl(node: Node): Node {
  const [first, ...others] = node.kind === 'sequence' ? node.items : [node]
  const rest = first?.kind === 'text' ? first.text.slice('rpc'.length) : ''
  return sequence([choice([text('http'), text('https')]), text(rest), ...others])
}

function methodsOf(match: ValidMatch): readonly string[] | undefined {
  if (match.kind === 'rpc') return match.allowHttpGet ? ['POST', 'GET'] : ['POST']
  return match.kind === 'parts' ? (match.methods ?? undefined) : (match.methods ?? [])
}

const grpcCall: Condition = { place: 'rpc', key: 'rpc', name: '', value: null, holds: true }

/** undefined: one of them cannot be compiled, so the rule matches nothing. */
function conditionsOf(
  { headers, query, context }: Narrowing,
  strategy: Strategy,
): readonly Condition[] | undefined {
  const read = (place: Condition['place'], list: readonly ValueCondition[] = []) =>
    list.map(([name, value]) => conditionOn({ place, name, value }, strategy))
  const all = [...read('header', headers), ...read('query', query), ...read('context', context)]
  return all.includes(undefined) ? undefined : (all as readonly Condition[])
}

interface Written {
  readonly place: Condition['place']
  readonly name: string
  readonly value: string | null
}

export function conditionOn(written: Written, strategy: Strategy): Condition | undefined {
  const { place, name, value } = written
  const key = `${place} ${place === 'header' ? foldedName(name) : name}`
  if (value === null) return { place, key, name, value, holds: true }
  const source = textOf(value)
  const node = /[<>]/.test(value) ? parseText(source, strategy) : text(source)
  if (isProblem(node)) return undefined
  const language = languageOf(source, node, `${strategy} value ${source}`)
  return { place, key, name, value: language, holds: true }
}
