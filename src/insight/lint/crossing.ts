/** What an expression of a pattern can consume. Lookarounds consume nothing. */
import { type Node, partsOf, type Repeat } from '../../rules/matching/node.ts'
import { includes, onlyMember, type Ranges } from '../../rules/matching/ranges.ts'

const slash = 0x2f
const dot = 0x2e
const letters = ['a', 'z', '0', '-'].map(letter => letter.codePointAt(0) ?? 0)

/** Like `.`: a slash as well as letters and digits. */
const isDot = (set: Ranges): boolean =>
  includes(set, slash) && letters.every(code => includes(set, code))

const isSlash = (set: Ranges): boolean => onlyMember(set) === slash

interface Walked {
  /** Before a slash that the expression itself names, a set with more than a slash can match one. */
  readonly crosses: boolean
  /** Every match has consumed a slash that the expression names. */
  readonly passed: boolean
}

const nothing: Walked = { crosses: false, passed: false }

/** Whether text of the host may go on behind a slash, so that the host ends before it. */
export const leavesHost = (node: Node): boolean => walk(node).crosses

function walk(node: Node): Walked {
  switch (node.kind) {
    case 'text':
      return { crosses: false, passed: node.text.includes('/') }
    case 'one_of':
      return { crosses: includes(node.set, slash) && !isSlash(node.set), passed: isSlash(node.set) }
    case 'sequence':
      return node.items.reduce(walkOn, nothing)
    case 'choice': {
      const ways = node.options.map(walk)
      return {
        crosses: ways.some(({ crosses }) => crosses),
        passed: ways.every(({ passed }) => passed),
      }
    }
    case 'repeat': {
      const body = walk(node.body)
      return { crosses: body.crosses, passed: body.passed && node.min > 0 }
    }
    case 'group':
      return walk(node.body)
    default:
      return nothing
  }
}

const walkOn = (before: Walked, node: Node): Walked => {
  if (before.passed || before.crosses) return before
  return walk(node)
}

/** The repetitions without end of `.`, or of a set that is as wide. */
export function endlessDots(node: Node): readonly Repeat[] {
  if (node.kind === 'look') return []
  const below = partsOf(node).flatMap(endlessDots)
  return isEndless(node) && node.body.kind === 'one_of' && isDot(node.body.set)
    ? [node, ...below]
    : below
}

/** A repetition without end whose texts may contain letters, such as `[a-z0-9-]+`. */
export const hasEndlessLetters = (node: Node): boolean =>
  node.kind !== 'look' &&
  ((isEndless(node) && consumesLetter(node.body)) || partsOf(node).some(hasEndlessLetters))

/** Every text that it matches ends with a dot, or is empty: what follows begins a label. */
export function endsWithDot(node: Node): boolean {
  switch (node.kind) {
    case 'text':
      return node.text.endsWith('.')
    case 'one_of':
      return onlyMember(node.set) === dot
    case 'sequence': {
      const last = node.items.filter(isConsuming).at(-1)
      return last !== undefined && endsWithDot(last)
    }
    case 'choice':
      return node.options.every(option => isEmpty(option) || endsWithDot(option))
    case 'repeat':
    case 'group':
      return endsWithDot(node.body)
    default:
      return false
  }
}

const isEmpty = (node: Node): boolean =>
  node.kind === 'sequence' ? node.items.every(isEmpty) : node.kind === 'text' && node.text === ''

const isEndless = (node: Node): node is Repeat =>
  node.kind === 'repeat' && node.max === Number.POSITIVE_INFINITY

const consumesLetter = (node: Node): boolean => {
  if (node.kind === 'one_of') return includes(node.set, letters[0] ?? 0)
  if (node.kind === 'text') return /[a-z]/i.test(node.text)
  return node.kind !== 'look' && partsOf(node).some(consumesLetter)
}

/** Matches any whole host: every character but perhaps the slash, without end. */
export function isAnyHost(node: Node): boolean {
  if (node.kind === 'group') return isAnyHost(node.body)
  if (node.kind === 'sequence') return node.items.filter(isConsuming).every(isAnyHost)
  if (!isEndless(node) || node.body.kind !== 'one_of') return false
  const { set } = node.body
  return [...letters, dot].every(code => includes(set, code))
}

const isConsuming = ({ kind }: Node): boolean => kind !== 'look' && kind !== 'edge'
