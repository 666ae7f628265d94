import { isAscii } from '../../lib/bytes.ts'
import { type Alphabet, alphabetOf, restore, rewrite } from './alphabet.ts'
import { type Bound, boundOf } from './cost.ts'
import { emit } from './emit.ts'
import { canLimit, createLimited, decideEngineFlags, runsInLinearTime } from './engine-flags.ts'
import { parseGlob } from './glob.ts'
import { globHint, hostWarnings, regexpWarnings } from './hints.ts'
import { requiredTexts } from './literals.ts'
import { edge, type Node, partsOf, sequence, text, walk } from './node.ts'
import { isProblem, type PatternProblem, problem, type Strategy } from './problem.ts'
import { captureOrder, loopedGroups, resolveReferences } from './references.ts'
import { parseExpression } from './regexp/parse.ts'
import { type Piece, splitPattern } from './split.ts'
import { judge, longestFor, longestUnproven, type Verdict } from './stall.ts'

export { isProblem, type PatternProblem, type Strategy } from './problem.ts'

/** A compiled URL pattern. URLs are JavaScript text (`scheme://host/path`), not byte strings. */
export interface Pattern {
  readonly source: string
  readonly strategy: Strategy
  /** Pieces of text that every match contains: as long as possible, in order. */
  readonly literals: readonly string[]
  /** The longest URL, in UTF-16 units, that this pattern may be run against; undefined: any. */
  readonly maxLength?: number
  readonly warnings: readonly string[]
  /** undefined: given up, because it took too many steps. */
  test(url: string): boolean | undefined
  /**
   * What the groups captured, '' where a group took no part: the unnamed ones by opening parenthesis
   * (each `<...>` is one), then the named ones. A repeated group gives its last round. Globs have none.
   */
  captures(url: string): readonly string[]
}

/**
 * Compiles the URL pattern of a rule: literal text with expressions in `<...>`.
 *
 * Takes       a source and how its expressions are written: .NET's regular expressions, or globs.
 * Gives       a pattern that can be run against any URL of up to `maxLength` without stalling.
 * Fails with  a problem that names the construct, its position and a remedy.
 */
export function compilePattern(source: string, strategy: Strategy): Pattern | PatternProblem {
  if (source === '') return problem('the URL pattern is empty')
  const pieces = splitPattern(source)
  if (isProblem(pieces)) return pieces
  const isGlob = strategy === 'glob'
  const parsed = isGlob ? parseGlob(pieces) : parsePieces(pieces)
  if (parsed.message !== undefined) {
    return problem(`${parsed.message}${isGlob ? '' : globHint(pieces)}`)
  }
  const node = resolveReferences(sequence([edge('start'), parsed.node, edge('end')]))
  if (typeof node === 'string') return problem(node)
  const warnings = [
    ...hostWarnings(pieces, strategy),
    ...(isGlob ? regexpWarnings(pieces) : []),
    ...loopedGroups(node).map(loopWarning),
  ]
  return finish({ source, strategy, node, warnings })
}

const loopWarning = (group: string | number): string =>
  `capture group ${group} is repeated, and a round may leave it out or empty: its value can differ from Oathkeeper's`

/** Literal text stays text; each `<...>` becomes a capturing group. */
function parsePieces(pieces: readonly Piece[]): {
  readonly node: Node
  readonly message: string | undefined
} {
  const nodes: Node[] = []
  let groups = 0
  for (const piece of pieces) {
    if (piece.kind === 'literal') nodes.push(text(piece.text))
    else {
      const parsed = parseExpression(piece, groups)
      if (parsed.message !== undefined) return parsed
      nodes.push(parsed.node)
      groups = parsed.groups
    }
  }
  return { node: sequence(nodes), message: undefined }
}

interface Draft {
  readonly source: string
  readonly strategy: Strategy
  readonly node: Node
  readonly warnings: readonly string[]
}

function finish(draft: Draft): Pattern | PatternProblem {
  const alphabet = alphabetOf(draft.node)
  const emitted = emit(draft.node, alphabet)
  const expression = toExpression(emitted)
  if (expression === undefined) return problem('the expressions are too large')
  const limits = limitsOf(draft.node, emitted)
  if (typeof limits === 'string') return problem(limits)
  const { source, strategy, warnings } = draft
  const literals = requiredTexts(draft.node)
  const { maxLength } = limits
  const ask = limits.givesUp ? createCautious(emitted, literals) : expression
  return {
    source,
    strategy,
    literals,
    warnings,
    ...(maxLength === undefined ? {} : { maxLength }),
    ...createRun(ask, alphabet, strategy === 'glob' ? [] : captureOrder(draft.node)),
  }
}

function toExpression(source: string): RegExp | undefined {
  decideEngineFlags()
  try {
    return new RegExp(source)
  } catch {
    return undefined
  }
}

/** How an expression is kept from stalling. Neither: it runs in linear time. */
interface Limits {
  readonly maxLength?: number | undefined
  readonly givesUp?: boolean
}

/** The limits of the expression, or why it could stall. */
function limitsOf(node: Node, emitted: string): Limits | string {
  if (runsInLinearTime(emitted)) return {}
  const bound = boundOf(node)
  if (bound !== undefined && bound.degree <= 2) return { maxLength: longestFor(bound) }
  if (bound !== undefined && !canLimit()) return limitsByShape(bound)
  if (!canLimit() || looksInLoops(node) > 1) return limitsByVerdict(bound, judge(emitted))
  if (bound !== undefined) return cautious(longestFor(bound))
  return judge(emitted) === 'exponential' ? exponential : cautious(undefined)
}

/** Shorter than most URLs: a rule with such a limit would deny nearly everything. */
const shortestUseful = 200

/** For an expression that cannot be told to give up: an attack that fails proves less than the shape does. */
function limitsByShape(bound: Bound): Limits | string {
  const maxLength = longestFor(bound)
  return maxLength !== undefined && maxLength < shortestUseful ? tooCostly : { maxLength }
}

/** For an expression whose shape proves nothing, or whose text is run over without a backtrack. */
function limitsByVerdict(bound: Bound | undefined, verdict: Verdict): Limits | string {
  const best = typeof verdict === 'string' ? bound : verdict
  if (best !== undefined) return { maxLength: longestFor(best) }
  return verdict === 'exponential' ? exponential : unproven
}

const cautious = (proven = 0): Limits => ({
  maxLength: Math.max(proven, longestUnproven),
  givesUp: true,
})

const exponential =
  'the expressions can take exponential time (avoid a repetition inside a repetition, together with a lookahead, a backreference or a count above 16)'
const tooCostly =
  'the expressions can take too long (use fewer repetitions, or the option v8Flags of the embedded Oarlock)'
const unproven =
  'the expressions could not be proven to finish in time (simplify the lookahead, the backreference or the counted repetition)'

/** How deep loops with looks in them are nested: their text is run over again without a backtrack. */
function looksInLoops(node: Node): number {
  const inner = Math.max(0, ...partsOf(node).map(looksInLoops))
  const isLoop = node.kind === 'repeat' && node.max > 1
  return isLoop && [...walk(node.body)].some(part => part.kind === 'look') ? inner + 1 : inner
}

/** An expression that is asked with a text of its alphabet. */
interface Ask {
  test(text: string): boolean | undefined
  exec(text: string): RegExpExecArray | null
}

/** Gives up after too many steps; not even asked when the text lacks what it requires. */
function createCautious(source: string, literals: readonly string[]): Ask {
  const required = literals.filter(isAscii)
  const expression = createLimited(source)
  return {
    test: text => {
      if (!required.every(piece => text.includes(piece))) return false
      const found = expression.exec(text)
      return found === null ? undefined : found.at(-1) === undefined
    },
    exec: text => {
      const found = expression.exec(text)
      return found?.at(-1) === undefined ? found : null
    },
  }
}

type Run = Pick<Pattern, 'test' | 'captures'>

function createRun(
  ask: Ask,
  alphabet: Alphabet | undefined,
  order: readonly (readonly number[])[],
): Run {
  const isPlain = (url: string): boolean =>
    isAscii(url) || (alphabet === undefined && !astral.test(url))
  return {
    test: url => ask.test(isPlain(url) ? url : rewrite(alphabet, url).text),
    captures: url => {
      if (order.length === 0) return none
      if (isPlain(url)) return inOrder(ask.exec(url), order)
      const rewritten = rewrite(alphabet, url)
      return inOrder(ask.exec(rewritten.text), order).map(part => restore(rewritten, part))
    },
  }
}

const astral = /[\ud800-\udfff]/
const none: readonly string[] = []

function inOrder(
  match: RegExpExecArray | null,
  order: readonly (readonly number[])[],
): readonly string[] {
  if (match === null) return none
  return order.map(
    groups => groups.map(group => match[group]).findLast(part => part !== undefined) ?? '',
  )
}
