import { complement, everything, type Ranges, union } from '../ranges.ts'

/** A class by name: `\d`, `\P{L}`, `[:^digit:]`. `set` is the named set, `negated` or not. */
export interface Category {
  readonly name: string
  readonly set: Ranges
  readonly negated: boolean
}

/**
 * The members of ranges and categories together. As in Oathkeeper, a negated category decides for every character
 * that reaches it: `[\d\W]` holds digits, `[\W\d]` does not, and `[\D\d]` is everything.
 */
export function membersOf(ranges: Ranges, categories: readonly Category[]): Ranges {
  if (categories.some(one => categories.some(other => areOpposites(one, other)))) return everything
  const last = categories.findIndex(({ negated }) => negated)
  const counted = last < 0 ? categories : categories.slice(0, last + 1)
  const [only] = counted
  if (ranges.length === 0 && counted.length === 1 && only !== undefined) return setOfCategory(only)
  return union([ranges, ...counted.map(setOfCategory)])
}

const areOpposites = (one: Category, other: Category): boolean =>
  one.name === other.name && one.negated && !other.negated

const setOfCategory = ({ set, negated }: Category): Ranges => (negated ? complementOf(set) : set)

const complements = new WeakMap<Ranges, Ranges>()

/** The same object for the same set, because alphabets are cached by it. */
function complementOf(set: Ranges): Ranges {
  const known = complements.get(set) ?? complement(set)
  complements.set(set, known)
  return known
}
