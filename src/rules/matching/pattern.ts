import { isAscii } from '../../lib/bytes.ts'
import { createMemory } from '../../lib/remember.ts'
import { type Alphabet, alphabetOf, restore, rewrite } from './alphabet.ts'
import { type Bound, boundOf } from './cost.ts'
import { emit } from './emit.ts'
import { canLimit, createLimited, decideEngineFlags, runsInLinearTime } from './engine-flags.ts'
import { parseGlob } from './glob.ts'
import { globHint, hostWarnings, regexpWarnings } from './hints.ts'
import { requiredTexts } from './literals.ts'
import { edge, type Node, partsOf, sequence, text, walk } from './node.ts'
import { isProblem, type PatternProblem, problem, type Strategy, type Syntax } from './problem.ts'
import { captureNames, captureOrder, loopedGroups, resolveReferences } from './references.ts'
import { parseExpression } from './regexp/parse.ts'
import { lowerHost, type Piece, splitPattern } from './split.ts'
import { type Cost, evaluateCost, longestFor, longestUnproven } from './stall.ts'

export { isProblem, type PatternProblem, type Strategy } from './problem.ts'

/** A compiled URL pattern. URLs are JavaScript text (`scheme://host/path`), not byte strings. */
export interface Pattern {
  readonly source: string
  readonly strategy: Syntax
  /** Pieces of text that every match contains: as long as possible, in order. */
  readonly literals: readonly string[]
  /** The longest URL, in UTF-16 units, that this pattern may be run against; undefined: no limit. */
  readonly maxLength?: number
  readonly warnings: readonly string[]
  /** undefined when the expression gave up because it took too many steps. */
  test(url: string): boolean | undefined
  /**
   * The captured texts, '' for a group that did not take part: first the unnamed groups by opening parenthesis (each
   * `<...>` is one), then the named ones. A repeated group returns its last iteration. Globs have no captures.
   */
  captures(url: string): readonly string[]
  /** The names of the captures, in their order; undefined for those without a name. */
  readonly names: readonly (string | undefined)[]
}

/**
 * Compiles the URL pattern of a rule: literal text with expressions in `<...>`.
 *
 * Takes       a source, and its syntax: .NET's regular expressions, or globs.
 * Gives       a pattern that can be run against any URL of up to `maxLength` without blocking the process.
 * Fails with  a problem that names the construct, its position and a remedy.
 */
export function compilePattern(source: string, strategy: Strategy): Pattern | PatternProblem {
  if (source === '') return problem('the URL pattern is empty')
  const pieces = splitPattern(source)
  if (isProblem(pieces)) return pieces
  const warnings = [
    ...hostWarnings(pieces, strategy),
    ...(strategy === 'glob' ? regexpWarnings(pieces) : []),
  ]
  return compilePieces({ source, strategy, pieces: lowerHost(pieces), warnings })
}

/** Compiles a pattern of any other text, such as the value of a header: nothing in it is a host. */
export function compileText(source: string, strategy: Strategy): Pattern | PatternProblem {
  const pieces = splitPattern(source)
  if (isProblem(pieces)) return pieces
  const warnings = strategy === 'glob' ? regexpWarnings(pieces) : none
  return compilePieces({ source, strategy, pieces, warnings })
}

/** The expression that a URL pattern is compiled from, for the whole URL. */
export function parsePattern(source: string, strategy: Strategy): Node | PatternProblem {
  const pieces = splitPattern(source)
  return isProblem(pieces) ? pieces : parseAll(lowerHost(pieces), strategy)
}

/** The same of any other text. */
export function parseText(source: string, strategy: Strategy): Node | PatternProblem {
  const pieces = splitPattern(source)
  return isProblem(pieces) ? pieces : parseAll(pieces, strategy)
}

function parseAll(pieces: readonly Piece[], strategy: Strategy): Node | PatternProblem {
  const { node, message } = parsed(pieces, strategy)
  if (message !== undefined) return problem(message)
  if (hasTooManyParts(node)) return problem(tooLarge)
  const resolved = resolveReferences(node)
  return typeof resolved === 'string' ? problem(resolved) : resolved
}

const parsed = (pieces: readonly Piece[], strategy: Strategy) =>
  strategy === 'glob' ? parseGlob(pieces) : parsePieces(pieces)

/** undefined: the value is longer than the pattern may be run against, or takes too many steps. */
export const testValue = (pattern: Pattern, value: string): boolean | undefined =>
  pattern.maxLength !== undefined && value.length > pattern.maxLength
    ? undefined
    : pattern.test(value)

interface Split {
  readonly source: string
  readonly strategy: Strategy
  readonly pieces: readonly Piece[]
  readonly warnings: readonly string[]
}

function compilePieces({ source, strategy, pieces, warnings }: Split): Pattern | PatternProblem {
  const { node, message } = parsed(pieces, strategy)
  if (message !== undefined) {
    return problem(`${message}${strategy === 'glob' ? '' : globHint(pieces)}`)
  }
  return compileNode({ source, strategy, node, warnings })
}

/** Compiles an expression that is parsed already, for the whole text. */
export function compileNode({ source, strategy, node, warnings = none }: Parsed) {
  if (hasTooManyParts(node)) return problem(tooLarge)
  const resolved = resolveReferences(sequence([edge('start'), node, edge('end')]))
  if (typeof resolved === 'string') return problem(resolved)
  const all = [...warnings, ...loopedGroups(resolved).map(loopWarning)]
  return finish({
    source,
    strategy,
    node: resolved,
    warnings: all.length === 0 ? none : all,
  })
}

interface Parsed {
  readonly source: string
  readonly strategy: Syntax
  readonly node: Node
  readonly warnings?: readonly string[]
}

const loopWarning = (group: string | number): string =>
  `capture group ${group} is repeated, and an iteration may omit it or leave it empty: its value can differ from Oathkeeper's`

/** Rules have few different expressions, often in the same place. */
const rememberParsed = createMemory<ReturnType<typeof parseExpression>>()

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
      const key = `${groups} ${piece.at} ${piece.text}`
      const parsed = rememberParsed(key, () => parseExpression(piece, groups))
      if (parsed.message !== undefined) return parsed
      nodes.push(parsed.node)
      groups = parsed.groups
    }
  }
  return { node: sequence(nodes), message: undefined }
}

interface Draft {
  readonly source: string
  readonly strategy: Syntax
  readonly node: Node
  readonly warnings: readonly string[]
}

function finish(draft: Draft): Pattern | PatternProblem {
  const alphabet = alphabetOf(draft.node)
  const emitted = emit(draft.node, alphabet)
  const expression = toExpression(emitted)
  if (expression === undefined) return problem(tooLarge)
  const limits = limitsOf(draft.node, emitted)
  if (typeof limits === 'string') return problem(limits)
  const { source, strategy, warnings } = draft
  const literals = requiredTexts(draft.node)
  const { maxLength } = limits
  const runner = limits.givesUp ? createLimitedRunner(emitted, literals) : expression
  if (runner === undefined) return problem(tooLarge)
  return {
    source,
    strategy,
    literals,
    warnings,
    ...(maxLength === undefined ? {} : { maxLength }),
    names: strategy === 'glob' ? none : namesOf(draft.node),
    ...createRun(runner, alphabet, strategy === 'glob' ? none : orderOf(draft.node)),
  }
}

/** Most patterns have their captures in the order of few others. */
function orderOf(node: Node): readonly (readonly number[])[] {
  const order = captureOrder(node)
  return rememberOrder(JSON.stringify(order), () => order)
}

/** Most patterns have no names. */
function namesOf(node: Node): Pattern['names'] {
  const names = captureNames(node)
  return names.some(name => name !== undefined)
    ? rememberNames(JSON.stringify(names), () => names)
    : none
}

const rememberNames = createMemory<Pattern['names']>()
const rememberOrder = createMemory<readonly (readonly number[])[]>()

/**
 * Most expressions, and most different characters beyond ASCII. They are compared with one another, which takes a second
 * for so many.
 */
const mostParts = 1000
const plain: ReadonlySet<Node['kind']> = new Set(['text', 'sequence', 'choice'])

function hasTooManyParts(node: Node): boolean {
  const nodes = walk(node)
  const texts = nodes.flatMap(part =>
    part.kind === 'text' && !isAscii(part.text) ? part.text : [],
  )
  const characters = new Set(texts.flatMap(written => written.match(notAscii) ?? []))
  return (
    characters.size > mostParts || nodes.filter(({ kind }) => !plain.has(kind)).length > mostParts
  )
}

const notAscii = /[^\0-\x7f]/gu

const tooLarge = 'the pattern is too large (write several rules)'

function toExpression(source: string): RegExp | undefined {
  decideEngineFlags()
  return tried(() => new RegExp(source))
}

/**
 * The expression, if the engine can run it. It compiles one when it is first run, for each kind of text, and then throws
 * where that is too large or needs too much stack: it gets less stack here than later.
 */
function tried(create: () => RegExp): RegExp | undefined {
  try {
    const expression = create()
    if (expression.source.length > longestUntried) onSmallerStack(reserve, () => run(expression))
    return expression
  } catch {
    return undefined
  }
}

/** Shorter ones are far below every limit of the engine. */
const longestUntried = 1000
/** Calls. */
const reserve = 1000

function onSmallerStack(calls: number, use: () => void): void {
  if (calls === 0) use()
  else onSmallerStack(calls - 1, use)
}

/** Twice: the second time it is compiled to machine code. */
function run(expression: RegExp): void {
  for (const text of ['', '', '\u0100', '\u0100']) expression.test(text)
}

/** How an expression is limited. Without a limit it runs in linear time. */
interface Limits {
  readonly maxLength?: number | undefined
  readonly givesUp?: boolean
}

/** The limits of the expression, or why it is refused. */
function limitsOf(node: Node, emitted: string): Limits | string {
  if (runsInLinearTime(emitted)) return {}
  const bound = boundOf(node)
  if (bound !== undefined && bound.degree <= 2) return { maxLength: longestFor(bound) }
  if (bound !== undefined && !canLimit()) return limitsByShape(bound)
  if (!canLimit() || looksInLoops(node) > 1) return limitsByCost(bound, evaluateCost(emitted))
  if (bound !== undefined) return limited(longestFor(bound))
  return evaluateCost(emitted) === 'exponential' ? exponential : limited(undefined)
}

/** Shorter than most URLs: a rule with such a limit would deny nearly everything. */
const shortestUseful = 200

/** For an expression that cannot be run with a backtrack limit: a failed attack proves less than the shape does. */
function limitsByShape(bound: Bound): Limits | string {
  const maxLength = longestFor(bound)
  return maxLength !== undefined && maxLength < shortestUseful ? tooCostly : { maxLength }
}

/** For an expression whose shape proves nothing, or which reads text without backtracks. */
function limitsByCost(bound: Bound | undefined, cost: Cost): Limits | string {
  const best = typeof cost === 'string' ? bound : cost
  if (best !== undefined) return { maxLength: longestFor(best) }
  return cost === 'exponential' ? exponential : unproven
}

const limited = (proven = 0): Limits => ({
  maxLength: Math.max(proven, longestUnproven),
  givesUp: true,
})

const exponential =
  'the expressions can take exponential time (avoid a repetition inside a repetition, together with a lookahead, a backreference or a count above 16)'
const tooCostly =
  'the expressions can take too long (use fewer repetitions, or the option v8Flags of the embedded Oarlock)'
const unproven =
  'the expressions could not be proven to finish in time (simplify the lookahead, the backreference or the counted repetition)'

/** How deep loops with lookarounds are nested: they read text again without backtracking. */
function looksInLoops(node: Node): number {
  const inner = Math.max(0, ...partsOf(node).map(looksInLoops))
  const isLoop = node.kind === 'repeat' && node.max > 1
  return isLoop && walk(node.body).some(part => part.kind === 'look') ? inner + 1 : inner
}

/** An expression that is run against a text of its alphabet. */
interface Runner {
  test(text: string): boolean | undefined
  exec(text: string): RegExpExecArray | null
}

/** Gives up after too many steps; not run at all when the text lacks required pieces. */
function createLimitedRunner(source: string, literals: readonly string[]): Runner | undefined {
  const required = literals.filter(isAscii)
  const expression = tried(() => createLimited(source))
  if (expression === undefined) return undefined
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
  runner: Runner,
  alphabet: Alphabet | undefined,
  order: readonly (readonly number[])[],
): Run {
  const isPlain = (url: string): boolean =>
    isAscii(url) || (alphabet === undefined && !astral.test(url))
  return {
    test: url => runner.test(isPlain(url) ? url : rewrite(alphabet, url).text),
    captures: url => {
      if (order.length === 0) return none
      if (isPlain(url)) return inOrder(runner.exec(url), order)
      const rewritten = rewrite(alphabet, url)
      return inOrder(runner.exec(rewritten.text), order).map(part => restore(rewritten, part))
    },
  }
}

const astral = /[\ud800-\udfff]/
const none: readonly never[] = []

function inOrder(
  match: RegExpExecArray | null,
  order: readonly (readonly number[])[],
): readonly string[] {
  if (match === null) return none
  return order.map(
    groups => groups.map(group => match[group]).findLast(part => part !== undefined) ?? '',
  )
}
