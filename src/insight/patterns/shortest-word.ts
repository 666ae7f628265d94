/** A shortest text that some automata accept and others do not, found in their product, state by state. */

import { lastCodePoint } from '../../rules/matching/ranges.ts'
import { type Budget, spend } from './budget.ts'
import { dead, type Machine } from './machine.ts'

export interface Question {
  readonly inside: readonly Machine[]
  readonly outside: readonly Machine[]
}

export type Answered =
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'spent' }

/** A state of the product. The state of an automaton of `outside` that cannot accept any more is `dead`. */
interface Step {
  readonly states: readonly number[]
  readonly before: number
  readonly code: number
}

export function shortestWord(question: Question, budget: Budget): Answered {
  const initial = [...question.inside, ...question.outside].map(({ initial: first }) => first)
  const steps: Step[] = [{ states: initial, before: -1, code: 0 }]
  const seen = new Set([initial.join()])
  // The list grows while it is read.
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at] as Step
    if (accepts(question, step.states)) return { kind: 'word', word: wordTo(steps, at) }
    if (!spend(budget)) return { kind: 'spent' }
    for (const [key, { states, code }] of nextOf(question, step.states)) {
      if (seen.has(key)) continue
      seen.add(key)
      steps.push({ states, before: at, code })
    }
  }
  return { kind: 'none' }
}

function accepts({ inside, outside }: Question, states: readonly number[]): boolean {
  return (
    inside.every((machine, i) => machine.isFinal(states[i] ?? dead)) &&
    !outside.some((machine, i) => {
      const state = states[inside.length + i] ?? dead
      return state !== dead && machine.isFinal(state)
    })
  )
}

function wordTo(steps: readonly Step[], last: number): string {
  const codes: number[] = []
  for (let at = last; at > 0; at = steps[at]?.before ?? 0) codes.push(steps[at]?.code ?? 0)
  return codes
    .reverse()
    .map(code => String.fromCodePoint(code))
    .join('')
}

interface Next {
  readonly states: readonly number[]
  readonly code: number
}

/** The states that can be reached with one character, each with the most readable character. */
function nextOf(question: Question, states: readonly number[]): ReadonlyMap<string, Next> {
  const found = new Map<string, Next>()
  for (const { low, high, to } of piecesOf(question, states)) {
    const key = to.join()
    const code = mostReadable(low, high)
    const known = found.get(key)
    if (known === undefined || rankOf(code) < rankOf(known.code))
      found.set(key, { states: to, code })
  }
  return found
}

interface Piece {
  readonly low: number
  readonly high: number
  readonly to: readonly number[]
}

function piecesOf({ inside, outside }: Question, states: readonly number[]): readonly Piece[] {
  let pieces: readonly Piece[] = [{ low: 0, high: lastCodePoint, to: [] }]
  for (const [i, machine] of inside.entries()) {
    pieces = cut(pieces, machine.moves(states[i] ?? dead))
    if (pieces.length === 0) return pieces
  }
  for (const [i, machine] of outside.entries()) {
    const state = states[inside.length + i] ?? dead
    pieces = cut(pieces, state === dead ? allDead : machine.allMoves(state))
  }
  return pieces
}

const allDead: readonly number[] = [0, lastCodePoint, dead]
/** Cuts pieces at the borders of moves; what has no move is left out. */
function cut(pieces: readonly Piece[], moves: readonly number[]): readonly Piece[] {
  const all: Piece[] = []
  for (const { low, high, to } of pieces) {
    for (let i = firstMove(moves, low); (moves[i] ?? endless) <= high; i += 3) {
      const [from = 0, end = 0, next = dead] = [moves[i], moves[i + 1], moves[i + 2]]
      all.push({ low: Math.max(low, from), high: Math.min(high, end), to: [...to, next] })
    }
  }
  return all
}

const endless = Number.POSITIVE_INFINITY

/** Where the first move is that ends at or behind the character. */
function firstMove(moves: readonly number[], code: number): number {
  let low = 0
  let high = moves.length / 3
  while (low < high) {
    const middle = (low + high) >> 1
    if ((moves[3 * middle + 1] ?? 0) < code) low = middle + 1
    else high = middle
  }
  return 3 * low
}

/** Characters that are read easily, the best first. */
const readable: readonly (readonly [low: number, high: number])[] = [
  [0x61, 0x7a],
  [0x30, 0x39],
  [0x2d, 0x2e],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x21, 0x7e],
  [0xa1, 0xd7ff],
]

function mostReadable(low: number, high: number): number {
  const [from] = readable.find(([first, last]) => first <= high && last >= low) ?? [low]
  return Math.max(from, low)
}

function rankOf(code: number): number {
  const rank = readable.findIndex(([low, high]) => low <= code && code <= high)
  return rank < 0 ? readable.length : rank
}
