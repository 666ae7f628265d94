/** Deterministic automata whose states are made when they are first visited, so that none is made in vain. */
import { NFA } from 'refa'
import type { Node } from '../../rules/matching/node.ts'
import { lastCodePoint } from '../../rules/matching/ranges.ts'
import { translate } from './expression.ts'

export interface Machine {
  /** States are numbers; this is the first. */
  readonly initial: 0
  readonly isFinal: (state: number) => boolean
  /** Ascending, disjoint: `[low, high, state, low, high, state, …]`; other code points lead nowhere. */
  readonly moves: (state: number) => readonly number[]
  /** The same, and to `dead` with every other code point. */
  readonly allMoves: (state: number) => readonly number[]
}

/** No state: nothing is accepted any more. */
export const dead = -1

export interface Built {
  /** undefined: it would have too many states. */
  readonly machine: Machine | undefined
  /** The construct because of which it accepts more than the expression matches. */
  readonly widened: string | undefined
}

/** Most states of an expression before it is made deterministic. */
const mostNodes = 5_000

export function buildMachine(node: Node): Built {
  const { expression, widened } = translate(node)
  try {
    const nfa = NFA.fromRegex(
      expression,
      { maxCharacter: lastCodePoint },
      {},
      new NFA.LimitedNodeFactory(mostNodes),
    )
    return { machine: determinize(nfa), widened }
  } catch {
    // refa throws when the limit is passed.
    return { machine: undefined, widened }
  }
}

type NfaNode = NFA.ReadonlyNode

interface State {
  readonly nodes: readonly NfaNode[]
  readonly isFinal: boolean
  moves: readonly number[] | undefined
  allMoves: readonly number[] | undefined
}

function determinize(nfa: NFA): Machine {
  const numbers = new Map<NfaNode, number>()
  const numberOf = (node: NfaNode): number => {
    const known = numbers.get(node)
    if (known !== undefined) return known
    numbers.set(node, numbers.size)
    return numbers.size - 1
  }
  const states: State[] = []
  const byKey = new Map<string, number>()
  const stateOf = (nodes: readonly NfaNode[]): number => {
    const sorted = nodes.length < 2 ? nodes : nodes.toSorted((a, b) => numberOf(a) - numberOf(b))
    const key = sorted.map(numberOf).join()
    const known = byKey.get(key)
    if (known !== undefined) return known
    byKey.set(key, states.length)
    const isFinal = sorted.some(node => nfa.finals.has(node as NFA.Node))
    return states.push({ nodes: sorted, isFinal, moves: undefined, allMoves: undefined }) - 1
  }
  stateOf([nfa.initial])
  const moves = (number: number): readonly number[] => {
    const state = states[number]
    if (state === undefined) return none
    state.moves ??= movesOf(state.nodes, stateOf)
    return state.moves
  }
  return {
    initial: 0,
    isFinal: state => states[state]?.isFinal === true,
    moves,
    allMoves: number => {
      const state = states[number]
      if (state === undefined) return none
      state.allMoves ??= completed(moves(number))
      return state.allMoves
    },
  }
}

/** The moves, and to `dead` with every other character. */
function completed(moves: readonly number[]): readonly number[] {
  const all: number[] = []
  let next = 0
  for (let i = 0; i < moves.length; i += 3) {
    const [low = 0, high = 0, to = dead] = [moves[i], moves[i + 1], moves[i + 2]]
    if (low > next) all.push(next, low - 1, dead)
    all.push(low, high, to)
    next = high + 1
  }
  if (next <= lastCodePoint) all.push(next, lastCodePoint, dead)
  return all
}

const none: readonly number[] = []

interface Span {
  readonly low: number
  readonly high: number
  readonly to: NfaNode
}

/** Cuts overlapping spans at their borders; each piece leads to the set of all nodes that it reaches. */
function movesOf(
  nodes: readonly NfaNode[],
  stateOf: (nodes: readonly NfaNode[]) => number,
): readonly number[] {
  const spans: Span[] = []
  for (const node of nodes) {
    for (const [to, { ranges }] of node.out) {
      for (const { min, max } of ranges) spans.push({ low: min, high: max, to })
    }
  }
  spans.sort((one, other) => one.low - other.low)
  if (areDisjoint(spans)) return spans.flatMap(({ low, high, to }) => [low, high, stateOf([to])])
  return sweep(spans, stateOf)
}

const areDisjoint = (spans: readonly Span[]): boolean =>
  spans.every((span, i) => i === 0 || span.low > (spans[i - 1]?.high ?? -1))

function sweep(
  spans: readonly Span[],
  stateOf: (nodes: readonly NfaNode[]) => number,
): readonly number[] {
  const borders = [...new Set(spans.flatMap(({ low, high }) => [low, high + 1]))].sort(
    (one, other) => one - other,
  )
  const moves: number[] = []
  let open: readonly Span[] = []
  let next = 0
  for (const [i, low] of borders.entries()) {
    const started = next
    while (next < spans.length && (spans[next]?.low ?? 0) <= low) next += 1
    open = [...open.filter(({ high }) => high >= low), ...spans.slice(started, next)]
    if (open.length === 0) continue
    const high = (borders[i + 1] ?? low + 1) - 1
    moves.push(low, high, stateOf([...new Set(open.map(({ to }) => to))]))
  }
  return moves
}
