/** From positions of the product, which count from 1, to ranges of the protocol, which count from 0. */
import type { Range } from 'vscode-languageserver-types'
import { createLineFinder } from '../../config/files/lines.ts'
import type { Position } from '../../config/files/source.ts'
import { type Entry, parseTree, type TreeNode } from './tree.ts'

export interface Ranges {
  readonly tree: TreeNode | undefined
  /** Between two offsets. */
  readonly between: (start: number, end: number) => Range
  /**
   * What is written at the position of a key or of an item of a list: `value` is a scalar that stands there, else the
   * key; `key` is the key. Elsewhere, the rest of the line.
   */
  readonly at: (position: Partial<Position>, part: 'key' | 'value') => Range
  readonly ofNode: (node: TreeNode) => Range
}

export function createRanges(text: string): Ranges {
  const find = createLineFinder(text)
  const tree = parseTree(text)
  const starts = new Map<number, Written>()
  collect(tree, starts)
  const lines = text.split('\n')
  const between = (start: number, end: number): Range => ({
    start: toZero(find(start)),
    end: toZero(find(end)),
  })
  const restOf = (line: number, column: number): Range => {
    const found = lines[line - 1] ?? ''
    const end = found.trimEnd().length
    const start = Math.min(column - 1, end)
    return {
      start: { line: line - 1, character: start },
      end: { line: line - 1, character: Math.max(start, end) },
    }
  }
  const offsets = offsetsOf(text)
  return {
    tree,
    between,
    ofNode: node => firstLine(between(node.start, node.end), lines),
    at: ({ line = 1, column = 1 }, part) => {
      const known = starts.get((offsets[line - 1] ?? 0) + column - 1)
      if (known === undefined) return restOf(line, column)
      const { start, end } = known[part]
      return firstLine(between(start, end), lines)
    },
  }
}

interface Span {
  readonly start: number
  readonly end: number
}

interface Written {
  readonly key: Span
  readonly value: Span
}

function collect(node: TreeNode | undefined, into: Map<number, Written>): void {
  if (node?.kind === 'map') {
    for (const entry of node.entries) {
      into.set(entry.key.start, writtenOf(entry))
      collect(entry.value, into)
    }
  }
  if (node?.kind === 'list') {
    for (const item of node.items) {
      if (!into.has(item.start) && item.kind !== 'map')
        into.set(item.start, { key: item, value: item })
      collect(item, into)
    }
  }
}

const writtenOf = ({ key, value }: Entry): Written => ({
  key,
  value: value.kind === 'scalar' && value.end > value.start ? value : key,
})

const toZero = ({ line, column }: Position) => ({ line: line - 1, character: column - 1 })

/** Values of several lines are marked in their first one. */
const firstLine = (range: Range, lines: readonly string[]): Range =>
  range.end.line === range.start.line
    ? range
    : {
        start: range.start,
        end: {
          line: range.start.line,
          character: (lines[range.start.line] ?? '').trimEnd().length,
        },
      }

function offsetsOf(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
