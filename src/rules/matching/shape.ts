import { never } from '../../lib/never.ts'
import type { Node, Repeat } from './node.ts'
import { everything, isDisjoint, nothing, type Ranges, rangeOf, union } from './ranges.ts'

/** True when the number of iterations is fixed. */
export const isFixed = (node: Repeat): boolean => node.min === node.max

/** The number of units that every match of the node has; undefined when it varies. */
export function lengthOf(node: Node): number | undefined {
  switch (node.kind) {
    case 'text':
      return node.text.length
    case 'one_of':
      return 1
    case 'edge':
    case 'look':
      return 0
    case 'group':
      return lengthOf(node.body)
    case 'sequence':
      return sum(node.items.map(lengthOf))
    default:
      return undefined
  }
}

const sum = (lengths: readonly (number | undefined)[]): number | undefined =>
  lengths.reduce(
    (total, one) => (total === undefined || one === undefined ? undefined : total + one),
    0,
  )

/** True when the node can match at a position in at most one way, given what may follow it. */
export function isUnambiguous(node: Node, follow: Ranges): boolean {
  switch (node.kind) {
    case 'text':
    case 'one_of':
    case 'edge':
    case 'look':
      return true
    case 'group':
      return isUnambiguous(node.body, follow)
    case 'sequence':
      return node.items.every((item, i) =>
        isUnambiguous(item, firstOf(node.items.slice(i + 1), follow)),
      )
    case 'choice':
      return (
        startDifferently(node.options, follow) &&
        node.options.every(one => isUnambiguous(one, follow))
      )
    case 'repeat':
      return isUnambiguousRepeat(node, follow)
    case 'back_reference':
      return false
    default:
      return never(node)
  }
}

function isUnambiguousRepeat(node: Repeat, follow: Ranges): boolean {
  const first = firstOf([node.body], nothing)
  const stops = isFixed(node) || isDisjoint(first, follow)
  return stops && !canBeEmpty(node.body) && isUnambiguous(node.body, union([first, follow]))
}

/** True when the first character decides between the options. */
export function startDifferently(options: readonly Node[], follow: Ranges): boolean {
  const firsts = options.map(option => firstOf([option], follow))
  return firsts.every((one, i) => firsts.slice(i + 1).every(other => isDisjoint(one, other)))
}

/** The characters that the items, and what follows them, can begin with. */
export function firstOf(items: readonly Node[], follow: Ranges): Ranges {
  const sets: Ranges[] = []
  for (const item of items) {
    sets.push(firstOfOne(item))
    if (!canBeEmpty(item)) return union(sets)
  }
  return union([...sets, follow])
}

function firstOfOne(node: Node): Ranges {
  switch (node.kind) {
    case 'text': {
      const code = node.text.codePointAt(0)
      return code === undefined ? nothing : rangeOf(code, code)
    }
    case 'one_of':
      return node.set
    case 'sequence':
      return firstOf(node.items, nothing)
    case 'choice':
      return union(node.options.map(firstOfOne))
    case 'repeat':
    case 'group':
      return firstOfOne(node.body)
    case 'edge':
      return nothing
    case 'look': // runs before the next character is read, so that character decides nothing
    case 'back_reference':
      return everything
    default:
      return never(node)
  }
}

export function canBeEmpty(node: Node): boolean {
  switch (node.kind) {
    case 'text':
      return node.text === ''
    case 'one_of':
      return false
    case 'sequence':
      return node.items.every(canBeEmpty)
    case 'choice':
      return node.options.some(canBeEmpty)
    case 'repeat':
      return node.min === 0 || canBeEmpty(node.body)
    case 'group':
      return canBeEmpty(node.body)
    default:
      return true
  }
}
