import { never } from '../../lib/never.ts'
import { type Alphabet, holdsAllBeyondAscii, unitsFor } from './alphabet.ts'
import type { Edge, Node, Repeat } from './node.ts'
import {
  difference,
  intersection,
  lastAscii,
  pairsOf,
  type Ranges,
  rangeOf,
  union,
} from './ranges.ts'
import { wordCharacters } from './unicode.ts'

/** Writes the node as a JavaScript expression without flags, for texts that were rewritten with the alphabet. */
export function emit(node: Node, alphabet: Alphabet | undefined): string {
  switch (node.kind) {
    case 'text':
      return emitText(node.text, alphabet)
    case 'one_of':
      return emitSet(node.set, alphabet)
    case 'sequence':
      return node.items.map(item => emitItem(item, alphabet)).join('')
    case 'choice':
      return node.options.map(option => emit(option, alphabet)).join('|')
    case 'repeat':
      return emitBody(node.body, alphabet) + quantifier(node)
    case 'group':
      return `(${emit(node.body, alphabet)})`
    case 'look':
      return `(?${node.behind ? '<' : ''}${node.negative ? '!' : '='}${emit(node.body, alphabet)})`
    case 'back_reference':
      return `(?:\\${node.to})`
    case 'edge':
      return emitEdge(node.edge, alphabet)
    default:
      return never(node)
  }
}

const emitItem = (node: Node, alphabet: Alphabet | undefined): string =>
  node.kind === 'choice' ? `(?:${emit(node, alphabet)})` : emit(node, alphabet)

const emitBody = (node: Node, alphabet: Alphabet | undefined): string =>
  node.kind === 'one_of' ||
  node.kind === 'group' ||
  (node.kind === 'text' && node.text.length === 1)
    ? emit(node, alphabet)
    : `(?:${emit(node, alphabet)})`

function quantifier({ min, max, lazy }: Repeat): string {
  const mark = lazy ? '?' : ''
  if (max === Number.POSITIVE_INFINITY)
    return (min === 0 ? '*' : min === 1 ? '+' : `{${min},}`) + mark
  if (min === 0 && max === 1) return `?${mark}`
  return (min === max ? `{${min}}` : `{${min},${max}}`) + mark
}

const special = /[\\^$.*+?()[\]{}|/-]/g
const notAscii = /[^\0-\x7f]/gu

function emitText(text: string, alphabet: Alphabet | undefined): string {
  const quoted = text.replace(special, '\\$&').replace(/[\n\r]/g, escaped)
  if (alphabet === undefined) return quoted
  return quoted.replace(notAscii, character => {
    const code = character.codePointAt(0) ?? 0
    return escaped(String.fromCharCode(unitsFor(alphabet, rangeOf(code, code))[0] ?? 0))
  })
}

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

const ascii = rangeOf(0, lastAscii)
/** Sets already written, by alphabet. */
const emitted = new WeakMap<Alphabet, WeakMap<Ranges, string>>()
const emittedPlain = new WeakMap<Ranges, string>()

function emitSet(set: Ranges, alphabet: Alphabet | undefined): string {
  const known = alphabet === undefined ? emittedPlain : (emitted.get(alphabet) ?? new WeakMap())
  if (alphabet !== undefined) emitted.set(alphabet, known)
  const source = known.get(set) ?? writeSet(set, alphabet)
  known.set(set, source)
  return source
}

function writeSet(set: Ranges, alphabet: Alphabet | undefined): string {
  if (holdsAllBeyondAscii(set)) return `[^${members(difference(ascii, set))}]`
  const units = alphabet === undefined ? [] : unitsFor(alphabet, set)
  return `[${members(union([intersection(set, ascii), units]))}]`
}

const members = (set: Ranges): string =>
  pairsOf(set)
    .map(([low, high]) => (low === high ? member(low) : `${member(low)}-${member(high)}`))
    .join('')

const member = (code: number): string => {
  const character = String.fromCharCode(code)
  return /[\w!-,./:-@~]/.test(character) && code <= lastAscii ? character : escaped(character)
}

/** Word boundaries are written out, because `\b` only knows ASCII. */
function emitEdge(edge: Edge['edge'], alphabet: Alphabet | undefined): string {
  switch (edge) {
    case 'start':
      return '^'
    case 'end':
      return '$'
    case 'line_start':
      return '(?<![^\\n])'
    case 'line_end':
      return '(?![^\\n])'
    case 'word':
      return emitBoundary(alphabet, ['!', '='], ['=', '!'])
    case 'not_word':
      return emitBoundary(alphabet, ['!', '!'], ['=', '='])
    default:
      return never(edge)
  }
}

type Sides = readonly [before: string, after: string]

function emitBoundary(alphabet: Alphabet | undefined, one: Sides, other: Sides): string {
  const word = emitSet(wordCharacters(), alphabet)
  const side = ([before, after]: Sides): string => `(?<${before}${word})(?${after}${word})`
  return `(?:${side(one)}|${side(other)})`
}
