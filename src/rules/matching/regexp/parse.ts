import { choice, edge, empty, type Node, oneOf, repeat, sequence, text, walk } from '../node.ts'
import { difference, everything } from '../ranges.ts'
import type { Piece } from '../split.ts'
import { ignoringCase } from '../unicode.ts'
import { scanClass } from './character-class.ts'
import { acceptBackslash, scanCharacterEscape, scanClassEscape, single } from './escape.ts'
import { type GroupStart, scanGroupStart } from './group-start.ts'
import {
  accept,
  countGroups,
  createScanner,
  fail,
  inside,
  isDone,
  namesGroup,
  peek,
  type Scanner,
  take,
  takeWhile,
} from './scanner.ts'

/** The result of parsing one expression: its node, the number of groups of the pattern so far, or what is wrong. */
export interface Parsed {
  readonly node: Node
  readonly groups: number
  readonly message: string | undefined
}

/** Parses the inside of one `<...>`. `groups` is the number of groups that the pattern has before it. */
export function parseExpression(piece: Piece, groups: number): Parsed {
  const scanner = createScanner(piece, groups + 1)
  const body = parseChoice(scanner)
  if (!isDone(scanner)) fail(scanner, 'unbalanced ")"')
  return {
    node: { kind: 'group', number: groups + 1, body },
    groups: scanner.groups,
    message: scanner.message,
  }
}

function parseChoice(scanner: Scanner): Node {
  const options = [parseSequence(scanner)]
  while (accept(scanner, '|')) options.push(parseSequence(scanner))
  return choice(options)
}

function parseSequence(scanner: Scanner): Node {
  const items: Node[] = []
  skipBlank(scanner)
  while (!isDone(scanner) && peek(scanner) !== '|' && peek(scanner) !== ')') {
    const from = scanner.at
    const item = parseItem(scanner)
    skipBlank(scanner)
    if (item !== undefined) items.push(parseQuantifier(scanner, item))
    else if (acceptQuantifier(scanner) !== undefined)
      fail(scanner, 'a quantifier with nothing to repeat', from)
    skipBlank(scanner)
  }
  return sequence(items)
}

/** Skips comments `(?#...)` and, under `(?x)`, white space and `#` to the end of the line. */
function skipBlank(scanner: Scanner): void {
  while (skipComment(scanner) || (scanner.flags.x && skipSpace(scanner)));
}

const skipSpace = (scanner: Scanner): boolean =>
  takeWhile(scanner, /\s/) !== '' || (peek(scanner) === '#' && takeWhile(scanner, /[^\n]/) !== '')

function skipComment(scanner: Scanner): boolean {
  const from = scanner.at
  if (!accept(scanner, '(?#')) return false
  takeWhile(scanner, /[^)]/)
  if (!accept(scanner, ')')) fail(scanner, 'unterminated comment "(?#"', from)
  return true
}

/** Parses one item that can be repeated; undefined for a change of flags. */
function parseItem(scanner: Scanner): Node | undefined {
  const from = scanner.at
  if (acceptQuantifier(scanner) !== undefined) {
    return fail(scanner, 'a quantifier with nothing to repeat', from)
  }
  if (acceptBackslash(scanner)) return parseEscape(scanner)
  return parseSign(scanner, take(scanner))
}

function parseSign(scanner: Scanner, sign: string): Node | undefined {
  switch (sign) {
    case '(':
      return parseGroup(scanner)
    case '[':
      return oneOf(scanClass(scanner))
    case '.':
      return scanner.flags.s ? any : anyButNewline
    case '^':
      return edge(scanner.flags.m ? 'line_start' : 'start')
    case '$':
      return edge(scanner.flags.m ? 'line_end' : 'end')
    default:
      return character(scanner, sign)
  }
}

const any = oneOf(everything)
const anyButNewline = oneOf(difference(everything, single(0x0a)))

const character = (scanner: Scanner, value: string): Node =>
  scanner.flags.i ? caseless(value) : text(value)

/** Cached, because the same letters occur again and again. */
const caseless = (value: string): Node => {
  const code = value.codePointAt(0) ?? 0
  let node = caselessNodes.get(code)
  if (node === undefined) {
    const set = ignoringCase(single(code))
    node = set.length === 2 && set[0] === set[1] ? text(value) : oneOf(set)
    if (code < 0x80) caselessNodes.set(code, node)
  }
  return node
}

const caselessNodes = new Map<number, Node>()

const edges: Readonly<Record<string, Node>> = {
  A: edge('start'),
  G: edge('start'),
  b: edge('word'),
  B: edge('not_word'),
  Z: edge('end'),
  z: edge('end'),
}

/** Parses an escape, after the backslash. */
function parseEscape(scanner: Scanner): Node {
  const letter = peek(scanner) ?? ''
  const place = Object.hasOwn(edges, letter) ? edges[letter] : undefined
  if (place !== undefined) {
    scanner.at++
    return place
  }
  const set = scanClassEscape(scanner)
  if (set !== undefined) return oneOf(set)
  return (
    parseBackReference(scanner) ??
    character(scanner, String.fromCodePoint(scanCharacterEscape(scanner)))
  )
}

/** Parses `\1`, `\k'name'`, `\k<name>`, also without the `k`; for another escape it reads nothing and returns undefined. */
function parseBackReference(scanner: Scanner): Node | undefined {
  const from = scanner.at
  const close = ["k'", "'", 'k<', '<'].find(open => accept(scanner, open))?.at(-1)
  const to = takeWhile(scanner, close === undefined ? /[0-9]/ : /\w/)
  const isClosed = close === undefined || accept(scanner, close === '<' ? '>' : close)
  const node = isClosed ? backReference(scanner, to, close === undefined) : undefined
  if (node === undefined && scanner.message === undefined) scanner.at = from
  return node
}

function backReference(scanner: Scanner, to: string, isBare: boolean): Node | undefined {
  const isNumber = /^[1-9][0-9]*$/.test(to)
  if (to === '' || (isBare && !isNumber)) return undefined
  const isKnown = isNumber ? Number(to) <= countGroups(scanner) : namesGroup(scanner, to)
  if (!isKnown && isBare && /^[0-7]{3}$/.test(to)) return undefined
  if (!isKnown) return fail(scanner, `the backreference to ${to} has no group in this expression`)
  if (scanner.flags.i) return fail(scanner, 'a backreference under (?i) is not supported')
  return { kind: 'back_reference', to: isNumber ? Number(to) : to }
}

/** Parses a group after its `(`, including its `)`; undefined when it only changes the flags of what follows. */
function parseGroup(scanner: Scanner): Node | undefined {
  const from = scanner.at - 1
  const outer = scanner.flags
  const start = scanGroupStart(scanner)
  if (start === undefined) return undefined
  const body = inside(scanner, from, () =>
    start.kind === 'condition' ? parseCondition(scanner, start.negative) : parseChoice(scanner),
  )
  if (!accept(scanner, ')')) fail(scanner, 'unbalanced "("', from)
  scanner.flags = outer
  return groupOf(start, body)
}

function groupOf(start: GroupStart, body: Node): Node {
  if (start.kind === 'plain' || start.kind === 'condition') return body
  if (start.kind === 'look')
    return { kind: 'look', behind: start.behind, negative: start.negative, body }
  return { kind: 'group', number: start.number, name: start.name, body }
}

/** Parses `(?(?=test)yes|no)` after its second `(?=`: two alternatives, each with its own lookahead. */
function parseCondition(scanner: Scanner, negative: boolean): Node {
  const from = scanner.at
  const test = parseChoice(scanner)
  if (!accept(scanner, ')')) fail(scanner, 'unbalanced "("', from)
  if (walk(test).some(part => part.kind === 'group'))
    fail(scanner, 'a capture group in a condition is not supported (write "(?:...)")', from)
  const branches = [parseSequence(scanner)]
  while (accept(scanner, '|')) branches.push(parseSequence(scanner))
  if (branches.length > 2) fail(scanner, 'a condition has more than two branches', from)
  const look = (isNegative: boolean): Node => ({
    kind: 'look',
    behind: false,
    negative: isNegative,
    body: test,
  })
  return choice([
    sequence([look(negative), branches[0] ?? empty]),
    sequence([look(!negative), branches[1] ?? empty]),
  ])
}

/** The item with the quantifier that follows it, if there is one. */
function parseQuantifier(scanner: Scanner, item: Node): Node {
  const from = scanner.at
  const range = acceptQuantifier(scanner)
  if (range === undefined) return item
  if (range[0] > range[1]) fail(scanner, 'a quantifier whose limits are reversed', from)
  const lazy = accept(scanner, '?')
  skipBlank(scanner)
  const next = scanner.at
  if (acceptQuantifier(scanner) !== undefined) {
    fail(
      scanner,
      'a quantifier behind a quantifier (possessive quantifiers are not supported; put the first one into a group)',
      next,
    )
  }
  return repeat(item, range, lazy)
}

const simple: Readonly<Record<string, readonly [number, number]>> = {
  '*': [0, Number.POSITIVE_INFINITY],
  '+': [1, Number.POSITIVE_INFINITY],
  '?': [0, 1],
}

/** Reads `* + ? {n} {n,} {n,m}`; anything else in braces is literal text. */
function acceptQuantifier(scanner: Scanner): readonly [number, number] | undefined {
  const sign = peek(scanner) ?? ''
  if (sign === '{') return acceptBraces(scanner)
  const range = Object.hasOwn(simple, sign) ? simple[sign] : undefined
  if (range !== undefined) scanner.at++
  return range
}

function acceptBraces(scanner: Scanner): readonly [number, number] | undefined {
  const from = scanner.at
  scanner.at++
  const low = takeWhile(scanner, /[0-9]/)
  const high = accept(scanner, ',') ? takeWhile(scanner, /[0-9]/) : low
  if (low === '' || !accept(scanner, '}')) {
    scanner.at = from
    return undefined
  }
  const [min, max] = [Number(low), high === '' ? Number.POSITIVE_INFINITY : Number(high)]
  if (Math.max(min, max === Number.POSITIVE_INFINITY ? 0 : max) > largestCount) {
    const whole = scanner.characters.slice(from, scanner.at).join('')
    fail(scanner, `the count ${whole} is too large`, from)
  }
  return [min, max]
}

const largestCount = 0x7fffffff
