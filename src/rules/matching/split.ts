import { type PatternProblem, problem } from './problem.ts'

/** A part of a pattern's source: literal text, or the inside of `<...>`. `at` is the position where its text begins. */
export interface Piece {
  readonly kind: 'literal' | 'expression'
  readonly text: string
  readonly at: number
}

/**
 * Splits a source at its top-level `<...>`. `<` and `>` inside an expression are counted, so that `(?<name>x)` stays
 * in one piece. Neither can be escaped.
 */
export function splitPattern(source: string): readonly Piece[] | PatternProblem {
  const cuts: number[] = []
  let level = 0
  for (let i = 0; i < source.length; i++) {
    const step = stepOf(source[i])
    level += step
    if (level < 0) return unbalanced(source, i)
    if (step !== 0 && level === (step === 1 ? 1 : 0)) cuts.push(i)
  }
  if (level !== 0) return unbalanced(source, source.indexOf('<'))
  return piecesOf(source, cuts)
}

const stepOf = (character: string | undefined): number =>
  character === '<' ? 1 : character === '>' ? -1 : 0

/** The parts between the cuts: literal text and expressions alternate. */
const piecesOf = (source: string, cuts: readonly number[]): readonly Piece[] =>
  [...cuts, source.length].map((end, i) => {
    const at = i === 0 ? 0 : (cuts[i - 1] ?? 0) + 1
    return { kind: i % 2 === 0 ? 'literal' : 'expression', text: source.slice(at, end), at }
  })

function unbalanced(source: string, at: number): PatternProblem {
  const construct = /\(\?(?:<[=!]|>)/.exec(source)
  if (construct === null) {
    return problem(
      `unbalanced "${source[at]}" at position ${at + 1}: every "<" needs its ">", and neither can be escaped`,
    )
  }
  const [name, remedy] =
    construct[0] === '(?>'
      ? ['atomic group', 'use a plain group "(?:...)"']
      : ['lookbehind', 'use a lookahead, such as "(?!.*\\.php$).*" for "not ending in .php"']
  return problem(
    `the ${name} "${construct[0]}" at position ${construct.index + 1} unbalances "<" and ">": ${remedy}`,
  )
}

/** Hosts are compared in lower case, so the literal text from `://` to the next literal `/` is lowered. */
export function lowerHost(pieces: readonly Piece[]): readonly Piece[] {
  const [first, last] = hostOf(pieces)
  return pieces.map((piece, i) => {
    if (piece.kind === 'expression' || i < first.piece || i > last.piece) return piece
    const from = i === first.piece ? first.offset : 0
    const to = i === last.piece ? last.offset : piece.text.length
    const { text } = piece
    return { ...piece, text: text.slice(0, from) + lowered(text.slice(from, to)) + text.slice(to) }
  })
}

/** Lowers ASCII letters only, as is done with request hosts. */
const lowered = (text: string): string => text.replace(/[A-Z]/g, letter => letter.toLowerCase())

interface Place {
  readonly piece: number
  readonly offset: number
}

/** Where the host begins and ends. Without a literal `://` the pattern has no host part. */
function hostOf(pieces: readonly Piece[]): readonly [Place, Place] {
  const first = find(pieces, '://', { piece: 0, offset: 0 })
  if (first === undefined) return [notFound, notFound]
  const from = { piece: first.piece, offset: first.offset + 3 }
  return [from, find(pieces, '/', from) ?? { piece: pieces.length, offset: 0 }]
}

const notFound: Place = { piece: Number.POSITIVE_INFINITY, offset: 0 }

function find(pieces: readonly Piece[], text: string, from: Place): Place | undefined {
  for (const [i, piece] of pieces.entries()) {
    if (i < from.piece || piece.kind === 'expression') continue
    const offset = piece.text.indexOf(text, i === from.piece ? from.offset : 0)
    if (offset >= 0) return { piece: i, offset }
  }
  return undefined
}

/** The expressions in the host part. */
export function hostExpressions(pieces: readonly Piece[]): readonly Piece[] {
  const [first, last] = hostOf(pieces)
  return pieces.filter(
    ({ kind }, i) => kind === 'expression' && i >= first.piece && i <= last.piece,
  )
}
