/** Runs the candidates that an index has found for a URL. */
import {
  conditionsHold,
  type Entry,
  noMatches,
  outcomeOf,
  type Search,
  type Undecided,
  undecided,
  undecidedCondition,
} from './matcher.ts'
import type { Narrow } from './narrow.ts'
import type { Pattern } from './pattern.ts'

/** One pattern with all entries that have it; they differ in their methods and conditions. */
export interface Candidate {
  readonly pattern: Pattern
  /** Positions in the list of entries, ascending. */
  readonly entries: number[]
  /** Chooses among the entries, if some have conditions; set once all are collected. */
  narrow?: Narrow | undefined
}

/** Each entry's methods in upper case, undefined for any; equal lists are one object. */
export type Methods = readonly (readonly string[] | undefined)[]

/** Candidates by their number; valid until the next look-up. */
export interface Hits {
  readonly list: Int32Array
  count: number
}

export interface Asked<T> extends Search<T> {
  readonly entries: readonly Entry<T>[]
  readonly methods: Methods
}

export function run<T>(
  asked: Asked<T>,
  hits: Hits,
  candidates: readonly Candidate[],
): readonly T[] | Undecided<T> {
  const found: Found = { matched: [], unknown: none, unsure: none }
  for (let i = 0; i < hits.count; i++) {
    const candidate = candidates[hits.list[i] ?? 0]
    if (candidate !== undefined) evaluateCandidate(asked, candidate, found)
  }
  const { entries, url } = asked
  const first = entries[Math.min(found.unknown, found.unsure)]
  if (first === undefined) return valuesOf(entries, found.matched)
  return found.unknown <= found.unsure
    ? undecided(first.value, first.pattern, url)
    : undecidedCondition(first.value)
}

const none = Number.POSITIVE_INFINITY

/** Entries that matched, and the first ones that could not be evaluated. */
interface Found {
  readonly matched: number[]
  /** By its pattern. */
  unknown: number
  /** By its conditions. */
  unsure: number
}

function evaluateCandidate<T>(
  asked: Asked<T>,
  { pattern, entries, narrow }: Candidate,
  found: Found,
): void {
  if (narrow !== undefined) {
    const chosen = asked.request === undefined ? entries : narrow(asked.request)
    evaluateChosen(asked, { pattern, chosen }, found)
    return
  }
  const forMethod = entries.filter(at => hasMethod(asked, at))
  const [first] = forMethod
  if (first === undefined) return
  const outcome = outcomeOf(pattern, asked.url)
  if (typeof outcome === 'string') found.unknown = Math.min(found.unknown, first)
  else {
    reportCandidates(asked, forMethod, outcome)
    if (outcome) found.matched.push(...forMethod)
  }
}

const hasMethod = (
  { methods, method }: Pick<Asked<unknown>, 'methods' | 'method'>,
  at: number,
): boolean => methods[at]?.includes(method) ?? true

interface Chosen {
  readonly pattern: Pattern
  readonly chosen: readonly number[]
}

/** Conditions cost less than patterns, so they come first. */
function evaluateChosen<T>(asked: Asked<T>, { pattern, chosen }: Chosen, found: Found): void {
  const { holding, unsure } = holdingOf(asked, chosen)
  const first = Math.min(unsure, holding[0] ?? none)
  if (first === none) return
  const outcome = outcomeOf(pattern, asked.url)
  if (typeof outcome === 'string') found.unknown = Math.min(found.unknown, first)
  else {
    reportCandidates(asked, holding, outcome)
    if (!outcome) return
    for (const at of holding) found.matched.push(at)
    found.unsure = Math.min(found.unsure, unsure)
  }
}

interface Holding {
  /** Entries whose conditions hold, ascending. */
  readonly holding: readonly number[]
  /** The first entry whose conditions took too many steps. */
  readonly unsure: number
}

function holdingOf<T>(asked: Asked<T>, chosen: readonly number[]): Holding {
  const holding: number[] = []
  let unsure = none
  for (const at of chosen) {
    const entry = asked.entries[at]
    if (entry === undefined || !hasMethod(asked, at)) continue
    const holds = conditionsHold(entry, asked.request)
    if (holds === true) holding.push(at)
    else if (holds === undefined) unsure = Math.min(unsure, at)
  }
  return { holding: holding.sort((one, other) => one - other), unsure }
}

function reportCandidates<T>(
  { entries, onCandidate }: Asked<T>,
  forMethod: readonly number[],
  matched: boolean,
): void {
  if (onCandidate === undefined) return
  for (const at of forMethod) {
    const entry = entries[at]
    if (entry !== undefined) onCandidate(entry.value, matched)
  }
}

function valuesOf<T>(entries: readonly Entry<T>[], matched: number[]): readonly T[] {
  if (matched.length === 0) return noMatches
  if (matched.length > 1) matched.sort((one, other) => one - other)
  const values: T[] = []
  for (const at of matched) {
    const entry = entries[at]
    if (entry !== undefined) values.push(entry.value)
  }
  return values
}
