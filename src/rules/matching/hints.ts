/** Warns of expressions in patterns that are valid, or fail, but probably mean something else than intended. */
import { createMemory } from '../../lib/remember.ts'
import { parseGlob } from './glob.ts'
import { type Node, walk } from './node.ts'
import type { Strategy } from './problem.ts'
import { includes } from './ranges.ts'
import { parseExpression } from './regexp/parse.ts'
import { hostExpressions, type Piece } from './split.ts'

const expressionsOf = (pieces: readonly Piece[]): readonly Piece[] =>
  pieces.filter(({ kind }) => kind === 'expression')

const named = ({ text, at }: Piece): string => `the expression <${text}> at position ${at}`

/** A warning for each expression in the host that needs an upper-case letter, because hosts are compared in lower case. */
export const hostWarnings = (pieces: readonly Piece[], strategy: Strategy): readonly string[] =>
  hostExpressions(pieces)
    .filter(piece =>
      remember(`${strategy} ${piece.text}`, () => walk(nodeOf(piece, strategy)).some(needsCapital)),
    )
    .map(piece => `${named(piece)} has an upper-case letter, but hosts are compared in lower case`)

/** Many patterns have the same expressions in their hosts. */
const remember = createMemory<boolean>()

const nodeOf = (piece: Piece, strategy: Strategy): Node =>
  strategy === 'glob' ? parseGlob([piece]).node : parseExpression(piece, 0).node

const capitals = Array.from({ length: 26 }, (_, i) => 0x41 + i)
const toLower = 0x20

/** False for a class that also has the lower-case letter. */
function needsCapital(node: Node): boolean {
  if (node.kind === 'text') return /[A-Z]/.test(node.text)
  if (node.kind !== 'one_of') return false
  return capitals.some(code => includes(node.set, code) && !includes(node.set, code + toLower))
}

/** A star or question mark where a regular expression has nothing to repeat. */
const globSign = /^[*?]|[/{,]\*/

/** Text to add to the problem of a regular expression that looks like a glob; empty if it does not. */
export function globHint(pieces: readonly Piece[]): string {
  const glob = expressionsOf(pieces).find(({ text }) => globSign.test(text))
  if (glob === undefined || parseGlob([glob]).message !== undefined) return ''
  return `; <${glob.text}> is a glob: set access_rules.matching_strategy to glob, or write a regular expression such as <.*>`
}

/** Characters that have a meaning in a regular expression and are literal in a glob. */
const regexpSigns: readonly (readonly [sign: RegExp, meaning: string])[] = [
  [/\|/, '"|" is plain text in a glob; alternatives are written <{a,b}>'],
  [/(?:^|[(|/])\.[*+?]/, '"." is plain text in a glob; any text is written <**>'],
  [/\\[dwsDWSbB]/, 'a glob has no classes such as \\d; write one such as [0-9]'],
  [/[\])]\+/, 'a glob repeats nothing; <*> is any text up to the next "." or "/"'],
  [/\[\^/, 'a glob negates a class with "!", as in [!a-z]'],
  [/\(\?|\([^)]*\)/, 'parentheses are plain text in a glob'],
]

/** A warning for each expression of a glob that looks like a regular expression. */
export const regexpWarnings = (pieces: readonly Piece[]): readonly string[] =>
  expressionsOf(pieces).flatMap(piece => {
    const found = regexpSigns.find(([sign]) => sign.test(piece.text))
    if (found === undefined) return []
    return [
      `${named(piece)} reads like a regular expression, but access_rules.matching_strategy is glob: ${found[1]}`,
    ]
  })
