/**
 * What a request must have besides its URL and method (`match.headers`, `query`, `context`). Each condition reads all
 * values of a name, because an upstream may read another one than we do: all must match, or with null there must be none.
 */
import { textOf } from '../../lib/bytes.ts'
import { foldedName, spellingOf } from '../../lib/header-name.ts'
import { type Parameters, readEveryReading } from '../../lib/query.ts'
import type { AccessRequest } from '../../model/request.ts'
import { compileText, type Pattern, testValue } from './pattern.ts'
import { isProblem, type PatternProblem, problem, type Strategy } from './problem.ts'

/** Names with the text that every value must be; null: there must be no value. Byte strings. */
export type WrittenConditions = readonly (readonly [name: string, value: string | null])[]

export interface WrittenNarrowing {
  readonly headers?: WrittenConditions | undefined
  readonly query?: WrittenConditions | undefined
  readonly context?: WrittenConditions | undefined
}

type Place = 'header' | 'query' | 'context'

/** The values of one name in a request. undefined: they cannot be read, so that no condition on them holds. */
type ReadValues = (request: AccessRequest) => readonly string[] | undefined

/** A condition that one fixed text decides, by which an index finds its rules. */
export interface ExactCondition {
  /** Equal for conditions that read the same values. */
  readonly key: string
  readonly value: string
  readonly read: ReadValues
}

export interface Conditions {
  readonly exact: readonly ExactCondition[]
  /** undefined: an expression took too many steps. */
  holds(request: AccessRequest): boolean | undefined
}

/** undefined: there are no conditions. */
export function compileConditions(
  { headers, query, context }: WrittenNarrowing,
  strategy: Strategy,
): Conditions | undefined | PatternProblem {
  const compiled = [
    ...(headers ?? []).map(([name, value]) => compile({ place: 'header', name, value }, strategy)),
    ...(query ?? []).map(([name, value]) => compile({ place: 'query', name, value }, strategy)),
    ...(context ?? []).map(([name, value]) => compile({ place: 'context', name, value }, strategy)),
  ]
  const wrong = compiled.find(isProblem)
  if (wrong !== undefined) return wrong
  const conditions = compiled as readonly Condition[]
  if (conditions.length === 0) return undefined
  return {
    exact: conditions.flatMap(({ exact }) => exact ?? []),
    holds: request => holdAll(conditions, request),
  }
}

interface Written {
  readonly place: Place
  readonly name: string
  readonly value: string | null
}

interface Condition {
  readonly exact?: ExactCondition | undefined
  readonly holds: (request: AccessRequest) => boolean | undefined
}

function compile(written: Written, strategy: Strategy): Condition | PatternProblem {
  const { place, name, value } = written
  const read = readers[place](name)
  if (value === null) return { holds: request => read(request)?.length === 0 }
  if (!/[<>]/.test(value)) {
    const key = `${place} ${place === 'header' ? foldedName(name) : name}`
    return { exact: { key, value, read }, holds: request => areAll(read(request), value) }
  }
  const pattern = compileText(textOf(value), strategy)
  if (isProblem(pattern)) return problem(`${keys[place]}.${name}: ${pattern.message}`)
  return { holds: request => matchAll(read(request), pattern) }
}

const keys: Readonly<Record<Place, string>> = {
  header: 'headers',
  query: 'query',
  context: 'context',
}

function holdAll(conditions: readonly Condition[], request: AccessRequest): boolean | undefined {
  let isKnown = true
  for (const { holds } of conditions) {
    const outcome = holds(request)
    if (outcome === false) return false
    if (outcome === undefined) isKnown = false
  }
  return isKnown ? true : undefined
}

const areAll = (values: readonly string[] | undefined, expected: string): boolean =>
  values !== undefined && values.length > 0 && values.every(value => value === expected)

function matchAll(values: readonly string[] | undefined, pattern: Pattern): boolean | undefined {
  if (values === undefined || values.length === 0) return false
  let isKnown = true
  for (const value of values) {
    const outcome = testValue(pattern, textOf(value))
    if (outcome === false) return false
    if (outcome === undefined) isKnown = false
  }
  return isKnown ? true : undefined
}

const readers: Readonly<Record<Place, (name: string) => ReadValues>> = {
  header: name => {
    const isMeant = spellingOf(name)
    return ({ headers }) => headers.valuesWhere(isMeant)
  },
  query: name => request => {
    const parameters = parametersOf(request.query)
    return parameters && (parameters.get(name) ?? none)
  },
  context: name => request => {
    if (request.door !== 'grpc') return undefined
    const value = request.context.get(name)
    return value === undefined ? none : [value]
  },
}

const none: readonly string[] = []

/** The last query: several rules, and several conditions of one, read the same. */
let last: { readonly query: string; readonly parameters: Parameters | undefined } = {
  query: '',
  parameters: new Map(),
}

function parametersOf(query: string): Parameters | undefined {
  if (last.query !== query) last = { query, parameters: readEveryReading(query) }
  return last.parameters
}
