/** Sets of requests that are described by what they match and by what they do not match. */
import type { Budget } from './budget.ts'
import { type Language, onlyText } from './language.ts'
import type { Machine } from './machine.ts'
import { commonMethods, complementOf, type MethodSet, someMethod } from './methods.ts'
import type { Condition, Region } from './region.ts'
import { type Answered, shortestWord } from './shortest-word.ts'
import { type Solved, solveValues, type Values } from './values.ts'

export interface Box {
  readonly inside: readonly Language[]
  readonly outside: readonly Language[]
  readonly methods: MethodSet
  readonly conditions: readonly Condition[]
}

/** A request as the rules see it, with the URL as it is matched. */
export interface Witness extends Values {
  readonly method: string
  /** JavaScript text: `scheme://host/path`, the path decoded. */
  readonly url: string
}

/** The URLs that can occur, and those of them that are easy to read. */
export interface Urls {
  readonly canonical: Machine
  readonly readable: Machine
}

export const boxOf = ({ url, methods, conditions }: Region): Box => ({
  inside: [url],
  outside: [],
  methods,
  conditions,
})

/** What is in the box and in the region. */
export const within = (box: Box, { url, methods, conditions }: Region): Box => ({
  ...box,
  inside: [...box.inside, url],
  methods: commonMethods(box.methods, methods),
  conditions: [...box.conditions, ...conditions],
})

/** What is in the box and not in the region, as boxes that may overlap. */
export function without(box: Box, { url, methods, conditions }: Region): readonly Box[] {
  const others = complementOf(methods)
  return [
    { ...box, outside: [...box.outside, url] },
    ...(someMethod(others) === undefined
      ? []
      : [{ ...box, methods: commonMethods(box.methods, others) }]),
    ...conditions.map(condition => ({
      ...box,
      conditions: [...box.conditions, { ...condition, holds: false }],
    })),
  ]
}

export const withoutUrl = (box: Box, url: string): Box => ({
  ...box,
  outside: [...box.outside, onlyText(url)],
})

export interface Tools {
  readonly urls: Urls
  readonly budget: Budget
}

/** A request of the box. `guesses`: URLs that are tried before any is looked for. */
export function solveBox(
  box: Box,
  { urls, budget }: Tools,
  guesses: readonly string[] = [],
): Solved<Witness> {
  const method = someMethod(box.methods)
  if (method === undefined) return { kind: 'none' }
  const values = solveValues(box.conditions, budget)
  if (values.kind !== 'solved') return values
  const [guess] = guesses
  const url: Solved<string> =
    guess === undefined ? solveUrl(box, { urls, budget }) : { kind: 'solved', value: guess }
  return url.kind === 'solved'
    ? { kind: 'solved', value: { ...values.value, method, url: url.value } }
    : url
}

function solveUrl({ inside, outside }: Box, { urls, budget }: Tools): Solved<string> {
  const built = [...inside, ...outside].map(language => language.built())
  const large = [...inside, ...outside].find((_, i) => built[i]?.machine === undefined)
  if (large !== undefined) {
    return { kind: 'spent', reason: `${named(large)} has too many states` }
  }
  const machines = built.map(({ machine }) => machine as Machine)
  const search = (all: Machine) =>
    shortestWord(
      {
        inside: [...machines.slice(0, inside.length), all],
        outside: machines.slice(inside.length),
      },
      budget,
    )
  const found = searchBoth(search, urls, outside.length > 0)
  if (found.kind === 'word') return { kind: 'solved', value: found.word }
  if (found.kind === 'spent') return outOfTime(inside)
  const widened = built.slice(inside.length).find(one => one.widened !== undefined)?.widened
  return { kind: 'none', widened }
}

/** `isLikelyEmpty`: all URLs are looked at first, because one search is enough then. */
function searchBoth(
  search: (all: Machine) => Answered,
  { canonical, readable }: Urls,
  isLikelyEmpty: boolean,
): Answered {
  const any = isLikelyEmpty ? search(canonical) : undefined
  if (any !== undefined && any.kind !== 'word') return any
  const good = search(readable)
  return good.kind === 'word' ? good : (any ?? search(canonical))
}

const outOfTime = (inside: readonly Language[]): Solved<never> => ({
  kind: 'spent',
  reason: `it takes too many steps to compare ${inside.map(named).join(' and ')}`,
})

/** Longer patterns are cut in messages. */
const longest = 80

const named = ({ source }: Language): string =>
  `<${source.length > longest ? `${source.slice(0, longest)}…` : source}>`
