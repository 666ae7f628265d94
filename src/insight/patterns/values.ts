/**
 * Headers, parameters of the query and values of the context with which some conditions hold and others do not. A name
 * may have several values: a condition holds when all of them are right.
 */
import { bytesOf } from '../../lib/bytes.ts'
import { percentEncode } from '../../lib/query.ts'
import type { Budget } from './budget.ts'
import { anyValue, headerValue, readableValue } from './canonical.ts'
import type { Language } from './language.ts'
import { buildMachine, type Machine } from './machine.ts'
import type { Condition } from './region.ts'
import { shortestWord } from './shortest-word.ts'

/** Byte strings. */
export interface Values {
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly query: string
  /** undefined: a door that has no context. */
  readonly context: readonly (readonly [name: string, value: string])[] | undefined
  readonly isCall: boolean
}

export type Solved<T> =
  | { readonly kind: 'solved'; readonly value: T }
  /** `widened`: a construct because of which there may be a solution after all. */
  | { readonly kind: 'none'; readonly widened?: string | undefined }
  | { readonly kind: 'spent'; readonly reason: string }

type Pairs = readonly (readonly [name: string, value: string])[]

export function solveValues(conditions: readonly Condition[], budget: Budget): Solved<Values> {
  const calls = conditions.filter(({ place }) => place === 'rpc')
  const isCall = calls.some(({ holds }) => holds)
  if (isCall && calls.some(({ holds }) => !holds)) return { kind: 'none' }
  const inPlace = (place: Condition['place']) => conditions.filter(one => one.place === place)
  const headers = solvePlace(inPlace('header'), budget)
  if (headers.kind !== 'solved') return headers
  const query = solveQuery(inPlace('query'), budget)
  if (query.kind !== 'solved') return query
  const wanted = inPlace('context')
  const hasContext = isCall || wanted.some(({ holds }) => holds)
  const context = solvePlace(hasContext ? wanted : [], budget)
  if (context.kind !== 'solved') return context
  return {
    kind: 'solved',
    value: {
      headers: headers.value,
      query: query.value,
      context: hasContext ? context.value : undefined,
      isCall,
    },
  }
}

/** No condition holds on a query that cannot be decoded. */
const undecodable = '%zz'

function solveQuery(conditions: readonly Condition[], budget: Budget): Solved<string> {
  if (conditions.length === 0) return { kind: 'solved', value: '' }
  const solved = solvePlace(conditions, budget)
  if (solved.kind !== 'solved') {
    const isFree = !conditions.some(({ holds }) => holds)
    return isFree ? { kind: 'solved', value: undecodable } : solved
  }
  const written = solved.value.map(([name, value]) => [name, value].map(percentEncode).join('='))
  return { kind: 'solved', value: written.join('&') }
}

function solvePlace(conditions: readonly Condition[], budget: Budget): Solved<Pairs> {
  const all: (readonly [string, string])[] = []
  for (const key of new Set(conditions.map(condition => condition.key))) {
    const onName = conditions.filter(condition => condition.key === key)
    const solved = solveName(onName, budget)
    if (solved.kind !== 'solved') return solved
    const name = onName[0]?.name ?? ''
    for (const value of solved.value) all.push([name, bytesOf(value)])
  }
  return { kind: 'solved', value: all }
}

/** The values of one name; none: it is absent. */
function solveName(conditions: readonly Condition[], budget: Budget): Solved<readonly string[]> {
  const languages = (wanted: boolean): readonly Language[] =>
    conditions.flatMap(({ value, holds }) => (holds === wanted && value !== null ? [value] : []))
  const inside = languages(true)
  const outside = languages(false)
  const isAbsent = conditions.some(({ value, holds }) => value === null && holds)
  const isPresent = conditions.some(({ value, holds }) => value === null && !holds)
  if (isAbsent) return inside.length > 0 || isPresent ? { kind: 'none' } : absent
  if (inside.length === 0 && !isPresent) return absent
  const place = conditions[0]?.place ?? 'header'
  return solveTexts({ inside, outside, place }, budget)
}

const absent: Solved<readonly string[]> = { kind: 'solved', value: [] }

interface Texts {
  readonly inside: readonly Language[]
  readonly outside: readonly Language[]
  readonly place: Condition['place']
}

/** One value that is in none of the others, or one value for each of them. */
function solveTexts(texts: Texts, budget: Budget): Solved<readonly string[]> {
  const one = solveText(texts, budget)
  if (one.kind === 'solved') return { kind: 'solved', value: [one.value] }
  const isSingle = texts.outside.length < 2 || texts.place === 'context'
  if (one.kind === 'spent' || isSingle) return one
  const values: string[] = []
  for (const other of texts.outside) {
    const next = solveText({ ...texts, outside: [other] }, budget)
    if (next.kind !== 'solved') return next
    values.push(next.value)
  }
  return { kind: 'solved', value: values }
}

function solveText({ inside, outside, place }: Texts, budget: Budget): Solved<string> {
  const machines = [...inside, ...outside].map(language => language.built())
  const widened = outside.map(language => language.built().widened).find(one => one !== undefined)
  if (machines.some(({ machine }) => machine === undefined)) return tooLarge
  const usable = machines.map(({ machine }) => machine as Machine)
  const domains = place === 'header' ? [readable(), header()] : [readable(), any()]
  for (const domain of domains) {
    const found = shortestWord(
      { inside: [...usable.slice(0, inside.length), domain], outside: usable.slice(inside.length) },
      budget,
    )
    if (found.kind === 'spent') return outOfTime
    if (found.kind === 'word') return { kind: 'solved', value: found.word }
  }
  return { kind: 'none', widened }
}

const tooLarge: Solved<never> = {
  kind: 'spent',
  reason: 'an expression of a condition has too many states',
}
const outOfTime: Solved<never> = {
  kind: 'spent',
  reason: 'the conditions take too many steps to compare',
}

const once = (make: () => Machine | undefined): (() => Machine) => {
  let made: Machine | undefined
  return () => {
    made ??= make()
    return made as Machine
  }
}
const readable = once(() => buildMachine(readableValue).machine)
const header = once(() => buildMachine(headerValue).machine)
const any = once(() => buildMachine(anyValue).machine)
