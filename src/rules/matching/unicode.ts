import {
  complement,
  includes,
  lastCodePoint,
  type Ranges,
  rangeOf,
  setOf,
  union,
} from './ranges.ts'

/**
 * Unicode's properties as sets of code points, read from the runtime's own expressions. A property takes about 10 ms
 * on first use and is then cached.
 */
const cached = new Map<string, Ranges | undefined>()

/** The set of a general category (`Lu`), script (`Greek`) or binary property (`White_Space`); undefined for an unknown name. */
export function propertyOf(name: string): Ranges | undefined {
  if (!/^\w+$/.test(name)) return undefined
  if (!cached.has(name)) cached.set(name, readProperty(name))
  return cached.get(name)
}

const readProperty = (name: string): Ranges | undefined => {
  const property = [`gc=${name}`, `sc=${name}`, name].find(isKnown)
  return property === undefined ? undefined : scan(`\\p{${property}}`)
}

function isKnown(property: string): boolean {
  try {
    return new RegExp(`\\p{${property}}`, 'u').source !== ''
  } catch {
    return false
  }
}

/** The code points that a class matches: runs the class over all of them, one slice at a time. */
function scan(members: string): Ranges {
  const runs = new RegExp(`[${members}]+`, 'gu')
  const found: Ranges[] = []
  for (let from = 0; from <= lastCodePoint; from += slice) found.push(scanSlice(runs, from))
  return union(found)
}

const slice = 0x4000

function scanSlice(runs: RegExp, from: number): Ranges {
  const text = String.fromCodePoint(...Array.from({ length: slice }, (_, i) => from + i))
  const width = from > 0xffff ? 2 : 1
  const found: number[] = []
  for (const run of text.matchAll(runs)) {
    found.push(from + run.index / width, from + (run.index + run[0].length) / width - 1)
  }
  return found
}

const propertyOrNothing = (name: string): Ranges => propertyOf(name) ?? []

const lazily = (make: () => Ranges): (() => Ranges) => {
  let made: Ranges | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** `\d`: decimal digits of all scripts. */
export const digits = lazily(() => propertyOrNothing('Nd'))
/** `\w`, and what `\b` counts as part of a word: letters, marks, digits, connectors and the two joiners. */
export const wordCharacters = lazily(() => scan('\\p{L}\\p{Mn}\\p{Nd}\\p{Pc}\\u200c\\u200d'))
/** `\s` */
export const spaces = lazily(() => propertyOrNothing('White_Space'))

/** The classes `[:name:]`: ASCII only, except `[:digit:]`, which is `\d`. */
export const posixClasses: ReadonlyMap<string, Ranges> = new Map([
  ['alnum', union([rangeOf(48, 57), rangeOf(65, 90), rangeOf(97, 122)])],
  ['alpha', union([rangeOf(65, 90), rangeOf(97, 122)])],
  ['ascii', rangeOf(0, 127)],
  ['blank', setOf('\t ')],
  ['cntrl', union([rangeOf(0, 31), rangeOf(127, 127)])],
  ['graph', rangeOf(33, 126)],
  ['lower', rangeOf(97, 122)],
  ['print', rangeOf(32, 126)],
  ['punct', union([rangeOf(33, 47), rangeOf(58, 64), rangeOf(91, 96), rangeOf(123, 126)])],
  ['space', setOf('\t\n\v\f\r ')],
  ['upper', rangeOf(65, 90)],
  ['word', union([rangeOf(48, 57), rangeOf(65, 90), rangeOf(97, 122), setOf('_')])],
  ['xdigit', union([rangeOf(48, 57), rangeOf(65, 70), rangeOf(97, 102)])],
])

/** Upper-case letters, each with the lower-case letter that it is compared as. */
let lowerCases: ReadonlyMap<number, number> | undefined

const readLowerCases = (): ReadonlyMap<number, number> => {
  const upper = propertyOrNothing('Changes_When_Lowercased')
  const codes: [number, number][] = []
  for (let i = 0; i < upper.length; i += 2) {
    for (let code = upper[i] ?? 0; code <= (upper[i + 1] ?? 0); code++) {
      codes.push([code, String.fromCodePoint(code).toLowerCase().codePointAt(0) ?? code])
    }
  }
  return new Map(codes)
}

/** The set without regard to case. */
export const ignoringCase = (set: Ranges): Ranges => comparedByLowerCase(withLowerCase(set))

/** The set, and the lower case of its members. */
export function withLowerCase(set: Ranges): Ranges {
  lowerCases ??= readLowerCases()
  const lowered = [...lowerCases].filter(([upper]) => includes(set, upper))
  return union([set, ...lowered.map(([, lower]) => rangeOf(lower, lower))])
}

const byLowerCase = new WeakMap<Ranges, Ranges>()

/** Every character whose lower case is in the set; the same object for the same set. */
export function comparedByLowerCase(set: Ranges): Ranges {
  const known = byLowerCase.get(set) ?? compareByLowerCase(set)
  byLowerCase.set(set, known)
  return known
}

function compareByLowerCase(set: Ranges): Ranges {
  lowerCases ??= readLowerCases()
  const inside: Ranges[] = []
  const outside: Ranges[] = []
  for (const [upper, lower] of lowerCases) {
    const where = includes(set, lower) ? inside : outside
    where.push(rangeOf(upper, upper))
  }
  return union([complement(union([complement(set), ...outside])), ...inside])
}
