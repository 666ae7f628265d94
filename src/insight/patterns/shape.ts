/**
 * What can be seen of a URL pattern without an automaton: the end of its host and the beginning of its path. Two
 * patterns whose shapes do not fit have no URL in common; most pairs of rules are sorted out by that.
 */
import type { Node } from '../../rules/matching/node.ts'
import { includes, nothing, onlyMember } from '../../rules/matching/ranges.ts'
import { firstOf } from '../../rules/matching/shape.ts'

export interface Shape {
  /** The whole host without its port; undefined: not fixed. */
  readonly host: string | undefined
  /** What the host without its port ends with, if it is not fixed. */
  readonly hostEnd: string
  /** Fixed segments, and `undefined` for one of unknown text. */
  readonly segments: readonly (string | undefined)[]
  /** More may follow the segments, or the last one may go on; false: the path ends behind them. */
  readonly isOpen: boolean
  /** The text that every path begins with. */
  readonly pathStart: string
}

/** A single character, or something that is not fixed. */
type Atom = string | Node

const open: Shape = { host: undefined, hostEnd: '', segments: [], isOpen: true, pathStart: '' }

export function shapeOf(node: Node): Shape {
  const atoms = atomsOf(node)
  const colon = atoms.findIndex(
    (atom, i) => atom === ':' && atoms[i + 1] === '/' && atoms[i + 2] === '/',
  )
  const scheme = atoms.slice(0, Math.max(0, colon))
  if (colon < 0 || scheme.some(atom => typeof atom !== 'string' && mayHave(atom, ':'))) return open
  const rest = atoms.slice(colon + 3)
  const slash = rest.findIndex(atom =>
    typeof atom === 'string' ? atom === '/' : mayHave(atom, '/'),
  )
  const end = slash < 0 ? rest.length : slash
  const isWhole = slash < 0 || beginsWithSlash(rest[end])
  return { ...hostShape(rest.slice(0, end), isWhole), ...pathShape(rest.slice(end)) }
}

const beginsWithSlash = (atom: Atom | undefined): boolean =>
  atom === '/' || (typeof atom === 'object' && onlyMember(firstOf([atom], nothing)) === slashCode)

const slashCode = 0x2f

function atomsOf(node: Node): readonly Atom[] {
  switch (node.kind) {
    case 'text':
      return Array.from(node.text)
    case 'one_of': {
      const code = onlyMember(node.set)
      return [code === undefined ? node : String.fromCodePoint(code)]
    }
    case 'sequence':
      return node.items.flatMap(atomsOf)
    case 'group':
      return atomsOf(node.body)
    case 'edge':
    case 'look':
      return []
    default:
      return [node]
  }
}

/** Whether a match of the node may contain the ASCII character. */
function mayHave(node: Node, character: string): boolean {
  switch (node.kind) {
    case 'text':
      return node.text.includes(character)
    case 'one_of':
      return includes(node.set, character.charCodeAt(0))
    case 'sequence':
      return node.items.some(item => mayHave(item, character))
    case 'choice':
      return node.options.some(option => mayHave(option, character))
    case 'repeat':
    case 'group':
      return mayHave(node.body, character)
    case 'back_reference':
      return true
    default:
      return false
  }
}

/** `isWhole`: the host ends with these atoms for certain. */
function hostShape(atoms: readonly Atom[], isWhole: boolean): Pick<Shape, 'host' | 'hostEnd'> {
  if (!isWhole) return { host: undefined, hostEnd: '' }
  const last = atoms.at(-1)
  const hasPort = last !== undefined && typeof last !== 'string' && isPort(last)
  const named = hasPort ? atoms.slice(0, -1) : atoms
  const fixed = named.findLastIndex(atom => typeof atom !== 'string')
  const end = withoutPort(named.slice(fixed + 1).join(''))
  if (end === undefined) return { host: undefined, hostEnd: '' }
  return fixed < 0 ? { host: end, hostEnd: end } : { host: undefined, hostEnd: end }
}

/** An optional part that begins with a colon, as `match.hosts` makes it. */
const isPort = (node: Node): boolean => {
  const first = firstOf([node], nothing)
  return onlyMember(first) === 0x3a && mayHave(node, ':')
}

/** undefined: what ends it may be a port that is not fixed. */
function withoutPort(text: string): string | undefined {
  if (text.includes(']')) return undefined
  const colon = text.indexOf(':')
  if (colon >= 0) return text.slice(0, colon)
  // Digits behind an expression may be the end of a port.
  return /^[0-9]*$/.test(text) ? undefined : text
}

/** Most segments that are looked at. */
const mostSegments = 32

function pathShape(atoms: readonly Atom[]): Pick<Shape, 'segments' | 'isOpen' | 'pathStart'> {
  const fixed = atoms.findIndex(atom => typeof atom !== 'string')
  const pathStart = atoms.slice(0, fixed < 0 ? atoms.length : fixed).join('')
  const end = atoms.findIndex(atom => typeof atom !== 'string' && mayHave(atom, '/'))
  const isOpen = end >= 0
  const segments = segmentsOf(isOpen ? atoms.slice(0, end) : atoms)
  if (segments.length > mostSegments) {
    return { segments: segments.slice(0, mostSegments), isOpen: true, pathStart }
  }
  const isLastWhole = !isOpen || (beginsWithSlash(atoms[end]) && segments.at(-1) !== '')
  return { segments: isLastWhole ? segments : segments.slice(0, -1), isOpen, pathStart }
}

/** The texts behind each slash; undefined where one is not fixed. */
function segmentsOf(atoms: readonly Atom[]): readonly (string | undefined)[] {
  const segments: (string | undefined)[] = []
  for (const atom of atoms) {
    if (atom === '/') segments.push('')
    else if (segments.length > 0) segments.push(joined(segments.pop(), atom))
  }
  return segments
}

const joined = (before: string | undefined, atom: Atom): string | undefined =>
  before === undefined || typeof atom !== 'string' ? undefined : before + atom

/** False: no URL has both shapes. */
export const fit = (one: Shape, other: Shape): boolean =>
  hostsFit(one, other) && startsFit(one.pathStart, other.pathStart)

function hostsFit(one: Shape, other: Shape): boolean {
  if (one.host !== undefined && other.host !== undefined) return one.host === other.host
  if (one.host !== undefined) return one.host.endsWith(other.hostEnd)
  if (other.host !== undefined) return other.host.endsWith(one.hostEnd)
  return one.hostEnd.endsWith(other.hostEnd) || other.hostEnd.endsWith(one.hostEnd)
}

const startsFit = (one: string, other: string): boolean =>
  one.startsWith(other) || other.startsWith(one)
