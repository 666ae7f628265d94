import { choice, empty, type Node, oneOf, repeat, sequence, text } from './node.ts'
import {
  complement,
  everything,
  lastAscii,
  nothing,
  type Ranges,
  rangeOf,
  setOf,
} from './ranges.ts'
import { mostLevels } from './regexp/scanner.ts'
import type { Piece } from './split.ts'

/** One character of the pattern. Literal ones match themselves, except a comma inside braces. */
interface Token {
  readonly character: string
  readonly isLiteral: boolean
  /** Its position in the source. */
  readonly at: number
}

interface Reader {
  readonly tokens: readonly Token[]
  at: number
  message: string | undefined
}

export interface ParsedGlob {
  readonly node: Node
  readonly message: string | undefined
}

/**
 * Parses a whole glob: text outside `<...>` is literal, but braces extend across it.
 * Separators are `.` and `/`.
 */
export function parseGlob(pieces: readonly Piece[]): ParsedGlob {
  const reader: Reader = { tokens: pieces.flatMap(tokensOf), at: 0, message: undefined }
  const node = parseItems(reader, 0)
  return { node: withOverlaps(node), message: reader.message }
}

/**
 * A pattern of text, two stars and text means "begins with" and "ends with", as in Oathkeeper. The two texts may
 * overlap: `http://h/` with two stars and then `/c` matches `http://h/c`.
 */
function withOverlaps(node: Node): Node {
  if (node.kind !== 'sequence' || node.items.length !== 3) return node
  const [head, middle, tail] = node.items
  if (head?.kind !== 'text' || middle !== anything || tail?.kind !== 'text') return node
  const rests = Array.from({ length: tail.text.length }, (_, i) => i + 1)
    .filter(shared => head.text.endsWith(tail.text.slice(0, shared)))
    .map(shared => text(tail.text.slice(shared)))
  return sequence([head, choice([sequence([middle, tail]), ...rests])])
}

const tokensOf = (piece: Piece): readonly Token[] =>
  Array.from(piece.text, (character, i) => ({
    character,
    isLiteral: piece.kind === 'literal',
    at: piece.at + i + 1,
  }))

const anything = repeat(oneOf(everything), [0, Number.POSITIVE_INFINITY])
const separators = setOf('./')
const notSeparator = oneOf(complement(separators))
const anyNotSeparator = repeat(notSeparator, [0, Number.POSITIVE_INFINITY])

/** The next special character; undefined for literal text. */
const special = (reader: Reader): string | undefined => {
  const token = reader.tokens[reader.at]
  return token === undefined || token.isLiteral ? undefined : token.character
}

const isDone = (reader: Reader): boolean => reader.at >= reader.tokens.length

function parseItems(reader: Reader, depth: number): Node {
  const items: Node[] = []
  while (!isDone(reader) && !endsItems(reader, depth)) items.push(parseItem(reader, depth))
  return sequence(items)
}

/** A comma ends an alternative even when it is literal text of the pattern. */
const endsItems = (reader: Reader, depth: number): boolean =>
  depth > 0 && (reader.tokens[reader.at]?.character === ',' || special(reader) === '}')

function parseItem(reader: Reader, depth: number): Node {
  const next = special(reader)
  const token = reader.tokens[reader.at++]
  switch (next) {
    case '*':
      return parseStars(reader)
    case '?':
      return notSeparator
    case '[':
      return oneOf(parseClass(reader))
    case '{':
      return parseBraces(reader, depth + 1)
    case '\\':
      return text(reader.tokens[reader.at++]?.character ?? '')
    default:
      return text(token?.character ?? '')
  }
}

function parseStars(reader: Reader): Node {
  if (special(reader) !== '*') return anyNotSeparator
  while (special(reader) === '*') reader.at++
  return anything
}

/** Parses alternatives; without a closing brace they extend to the end. */
function parseBraces(reader: Reader, depth: number): Node {
  if (depth > mostLevels) {
    fail(reader, reader.at - 1, `more than ${mostLevels} levels of braces`)
    return empty
  }
  const options = [parseItems(reader, depth)]
  while (!isDone(reader) && special(reader) !== '}') {
    reader.at++
    options.push(parseItems(reader, depth))
  }
  reader.at++
  return options.length === 0 ? empty : choice(options)
}

/** Parses `[abc]`, `[!abc]`, `[a-z]` or `[!a-z]` after the bracket: a list or exactly one range. */
function parseClass(reader: Reader): Ranges {
  const from = reader.at - 1
  const isNegated = special(reader) === '!'
  if (isNegated) reader.at++
  const isRange = reader.tokens[reader.at + 1]?.character === '-'
  const set = isRange ? parseRange(reader) : parseList(reader)
  if (set === undefined || special(reader) !== ']') {
    return fail(
      reader,
      from,
      isRange
        ? 'a class is one range such as [a-z] or one list such as [abc]'
        : 'a class needs characters and a closing "]"',
    )
  }
  reader.at++
  return isNegated ? complement(set) : set
}

/** A range holds only ASCII characters, as in Oathkeeper. */
function parseRange(reader: Reader): Ranges | undefined {
  const low = reader.tokens[reader.at]?.character.codePointAt(0) ?? 0
  const high = reader.tokens[reader.at + 2]?.character.codePointAt(0) ?? -1
  reader.at += 3
  if (low > high) return undefined
  return low > lastAscii ? nothing : rangeOf(low, Math.min(high, lastAscii))
}

function parseList(reader: Reader): Ranges | undefined {
  let characters = ''
  while (!isDone(reader) && special(reader) !== ']') {
    if (special(reader) === '\\') reader.at++
    characters += reader.tokens[reader.at++]?.character ?? ''
  }
  return characters === '' ? undefined : setOf(characters)
}

function fail(reader: Reader, from: number, message: string): Ranges {
  const at = reader.tokens[from]?.at ?? 0
  reader.message ??= `${message}, at position ${at}`
  reader.at = reader.tokens.length
  return nothing
}
