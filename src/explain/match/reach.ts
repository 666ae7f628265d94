/** How far an expression goes along a text that it does not match. */
import { type Node, partsOf, type Repeat } from '../../rules/matching/node.ts'
import { includes } from '../../rules/matching/ranges.ts'

/** Steps that expressions may take together; a rule can have a thousand. */
export interface Budget {
  left: number
}

/** Some milliseconds. */
export const budgetOfRule = (): Budget => ({ left: 200_000 })

interface Walk {
  readonly text: string
  readonly budget: Budget
  /** The last position that some way through the expression reached. */
  furthest: number
}

type Positions = ReadonlySet<number>

export interface Reach {
  /** All of the text matches. */
  readonly matches: boolean
  /** Where the expression stops, in UTF-16 units: what stands before may begin a match. */
  readonly at: number
}

/** undefined: it cannot be determined, because of a back reference or too many steps. */
export function reachOf(node: Node, text: string, budget = budgetOfRule()): Reach | undefined {
  if (hasReference(node)) return undefined
  const walk: Walk = { text, budget, furthest: 0 }
  const ends = advance(walk, node, new Set([0]))
  if (budget.left < 0) return undefined
  return { matches: ends.has(text.length), at: walk.furthest }
}

const hasReference = (node: Node): boolean =>
  node.kind === 'back_reference' || partsOf(node).some(hasReference)

/** Every position behind the node that starts at one of these. */
function advance(walk: Walk, node: Node, from: Positions): Positions {
  walk.budget.left -= from.size + 1
  if (from.size === 0 || walk.budget.left < 0) return nowhere
  switch (node.kind) {
    case 'text':
      return after(from, at => readText(walk, node.text, at))
    case 'one_of':
      return after(from, at => {
        const code = walk.text.codePointAt(at)
        if (code === undefined || !includes(node.set, code)) return undefined
        return reach(walk, at + (code > 0xffff ? 2 : 1))
      })
    case 'sequence':
      return node.items.reduce((positions, item) => advance(walk, item, positions), from)
    case 'choice':
      return new Set(node.options.flatMap(option => [...advance(walk, option, from)]))
    case 'repeat':
      return loop(walk, node, from)
    case 'group':
      return advance(walk, node.body, from)
    case 'look':
      return node.behind ? from : after(from, at => (looks(walk, node, at) ? at : undefined))
    case 'edge':
      return after(from, at => (isAt(walk, node.edge, at) ? at : undefined))
    case 'back_reference':
      return nowhere
  }
}

const nowhere: Positions = new Set()

const after = (from: Positions, step: (at: number) => number | undefined): Positions =>
  new Set([...from].map(step).filter(at => at !== undefined))

function reach(walk: Walk, at: number): number {
  walk.furthest = Math.max(walk.furthest, at)
  return at
}

/** Also where the text ends before its end. */
function readText(walk: Walk, expected: string, at: number): number | undefined {
  let same = 0
  while (same < expected.length && walk.text[at + same] === expected[same]) same++
  reach(walk, at + same)
  return same === expected.length ? at + same : undefined
}

function loop(walk: Walk, { body, min, max }: Repeat, from: Positions): Positions {
  const found = new Set<number>(min === 0 ? from : [])
  let next = from
  for (let round = 1; round <= max && next.size > 0; round++) {
    next = advance(walk, body, next)
    if (round < min) continue
    next = new Set([...next].filter(at => !found.has(at)))
    for (const at of next) found.add(at)
  }
  return found
}

/** A look moves nothing, and what it reads does not count. */
function looks(walk: Walk, look: Extract<Node, { kind: 'look' }>, at: number): boolean {
  const inside: Walk = { ...walk }
  const holds = advance(inside, look.body, new Set([at])).size > 0
  return holds !== look.negative
}

function isAt({ text }: Walk, edge: Extract<Node, { kind: 'edge' }>['edge'], at: number): boolean {
  if (edge === 'start') return at === 0
  return edge === 'end' ? at === text.length : true
}
