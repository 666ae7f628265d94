import type { Ranges } from './ranges.ts'

/** A parsed expression, whichever syntax it was written in: the parsers create it, the compiler reads it. */
export type Node = Text | OneOf | Sequence | Choice | Repeat | Group | Look | BackReference | Edge

/** Exactly this text. */
export interface Text {
  readonly kind: 'text'
  readonly text: string
}

/** One code point of the set. */
export interface OneOf {
  readonly kind: 'one_of'
  readonly set: Ranges
}

export interface Sequence {
  readonly kind: 'sequence'
  readonly items: readonly Node[]
}

export interface Choice {
  readonly kind: 'choice'
  readonly options: readonly Node[]
}

export interface Repeat {
  readonly kind: 'repeat'
  readonly body: Node
  readonly min: number
  /** Infinity: no limit. */
  readonly max: number
  readonly lazy: boolean
}

/** A capturing group, numbered from 1 by opening parenthesis over the whole pattern. */
export interface Group {
  readonly kind: 'group'
  readonly number: number
  readonly name?: string | undefined
  readonly body: Node
}

/** A lookahead or lookbehind. */
export interface Look {
  readonly kind: 'look'
  readonly behind: boolean
  readonly negative: boolean
  readonly body: Node
}

/** The text that a group matched; `to` is a number in .NET's order, or a name. */
export interface BackReference {
  readonly kind: 'back_reference'
  readonly to: number | string
}

/** A position between two characters. */
export interface Edge {
  readonly kind: 'edge'
  readonly edge: 'start' | 'end' | 'line_start' | 'line_end' | 'word' | 'not_word'
}

export const text = (value: string): Text => ({ kind: 'text', text: value })
export const oneOf = (set: Ranges): OneOf => ({ kind: 'one_of', set })
export const empty: Node = text('')
export const edge = (name: Edge['edge']): Edge => ({ kind: 'edge', edge: name })

/** The items one after the other; adjacent texts are joined. */
export function sequence(items: readonly Node[]): Node {
  const joined: Node[] = []
  for (const item of items) {
    const last = joined.at(-1)
    if (item.kind !== 'text' || last?.kind !== 'text') joined.push(item)
    else joined[joined.length - 1] = text(last.text + item.text)
  }
  const [only] = joined
  return joined.length === 1 && only !== undefined ? only : { kind: 'sequence', items: joined }
}

export const choice = (options: readonly Node[]): Node => {
  const [only] = options
  return options.length === 1 && only !== undefined ? only : { kind: 'choice', options }
}

export const repeat = (
  body: Node,
  [min, max]: readonly [number, number],
  lazy = false,
): Repeat => ({
  kind: 'repeat',
  body,
  min,
  max,
  lazy,
})

/** The parts that a node is made of. */
export function partsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'sequence':
      return node.items
    case 'choice':
      return node.options
    case 'repeat':
    case 'group':
    case 'look':
      return [node.body]
    default:
      return []
  }
}

/** The node and everything in it, in the written order. */
export function walk(node: Node): readonly Node[] {
  const all: Node[] = []
  collect(node, all)
  return all
}

function collect(node: Node, all: Node[]): void {
  all.push(node)
  for (const part of partsOf(node)) collect(part, all)
}
