import { never } from '../../lib/never.ts'
import { type Choice, type Look, type Node, partsOf, type Repeat, walk } from './node.ts'
import { everything, isDisjoint, nothing, type Ranges, union } from './ranges.ts'
import { canBeEmpty, firstOf, isFixed, isUnambiguous, lengthOf, startDifferently } from './shape.ts'

/**
 * How the time of a backtracking engine grows with the length of the text, proven from the shape of the expression.
 *
 * A loop that can stop at only one position is never retried. A loop that can stop at several positions multiplies
 * the cost of what follows it by the length of the text. A choice or an optional part that the next character does
 * not decide multiplies it by a constant.
 */
interface Growth {
  /** How often what follows is tried: the length to the power of this number. */
  readonly tries: number
  /** The largest power so far. */
  readonly time: number
  /** The product of the constants. */
  readonly factor: number
}

/** An upper bound of the time: `factor` times the length to the power of `degree`. */
export interface Bound {
  readonly degree: number
  readonly factor: number
}

const largestFactor = 1000

/** The upper bound of the time; undefined when the shape does not prove one. */
export function boundOf(node: Node): Bound | undefined {
  const growth = grow(node, nothing, { tries: 0, time: 0, factor: 1 })
  if (growth === undefined || growth.factor > largestFactor) return undefined
  return { degree: Math.max(1, growth.time), factor: growth.factor }
}

/** `follow`: the characters that may come after the node; empty at the end of the pattern. */
function grow(node: Node, follow: Ranges, before: Growth): Growth | undefined {
  switch (node.kind) {
    case 'text':
    case 'one_of':
    case 'edge':
      return before
    case 'group':
      return grow(node.body, follow, before)
    case 'sequence':
      return growSequence(node.items, follow, before)
    case 'choice':
      return growChoice(node, follow, before)
    case 'look':
      return growLook(node, before)
    case 'repeat':
      return node.max <= 1 ? growOptional(node, follow, before) : growLoop(node, follow, before)
    case 'back_reference':
      return undefined
    default:
      return never(node)
  }
}

function growSequence(items: readonly Node[], follow: Ranges, before: Growth): Growth | undefined {
  let now: Growth | undefined = before
  for (const [i, item] of items.entries()) {
    if (now === undefined) return undefined
    now = grow(item, firstOf(items.slice(i + 1), follow), now)
  }
  return now
}

function growChoice({ options }: Choice, follow: Ranges, before: Growth): Growth | undefined {
  const all = options.map(option => grow(option, follow, before))
  const known = all.filter(one => one !== undefined)
  if (known.length < all.length) return undefined
  const factor = Math.max(...known.map(one => one.factor))
  return {
    tries: Math.max(...known.map(one => one.tries)),
    time: Math.max(...known.map(one => one.time)),
    factor: startDifferently(options, follow) ? factor : factor * options.length,
  }
}

function growOptional({ body }: Repeat, follow: Ranges, before: Growth): Growth | undefined {
  const after = grow(body, follow, before)
  if (after === undefined || isDisjoint(firstOf([body], nothing), follow)) return after
  return { ...after, factor: after.factor * 2 }
}

/** A lookaround ends at its first success, so it does not multiply what follows. */
function growLook(look: Look, before: Growth): Growth | undefined {
  if (look.behind && walk(look.body).some(part => part.kind === 'repeat')) return undefined
  const inner = grow(look.body, everything, before)
  return inner === undefined ? undefined : { ...inner, tries: before.tries }
}

/** The iterations of a loop must be unambiguous; otherwise its text could be divided into iterations in many ways. */
function growLoop(node: Repeat, follow: Ranges, before: Growth): Growth | undefined {
  const first = firstOf([node.body], nothing)
  const isCertain = !canBeEmpty(node.body) && isUnambiguous(node.body, union([first, follow]))
  const looks = growLooks(node.body, { ...before, tries: before.tries + (isFixed(node) ? 0 : 1) })
  if (!isCertain || looks === undefined) return undefined
  const time = Math.max(looks.time, before.tries + 1)
  if (isFixed(node) || isDisjoint(first, follow)) return { ...looks, tries: before.tries, time }
  return lengthOf(node.body) === undefined ? undefined : { ...looks, time }
}

/** The cost of the lookarounds inside a loop; each runs once per iteration. */
function growLooks(node: Node, before: Growth): Growth | undefined {
  let now: Growth | undefined = before
  for (const part of partsOf(node)) {
    if (now === undefined) return undefined
    now = part.kind === 'look' ? growLook(part, now) : growLooks(part, now)
  }
  return now
}
