/** The key or value that stands at an offset. */
import type { Path } from '../schema/schema.ts'
import type { TreeNode } from './tree.ts'

export interface Pointed {
  readonly path: Path
  readonly start: number
  readonly end: number
}

export function pathAt(
  node: TreeNode | undefined,
  offset: number,
  path: Path = [],
): Pointed | undefined {
  switch (node?.kind) {
    case 'scalar': {
      const { start, end } = node
      return start <= offset && offset <= end && end > start ? { path, start, end } : undefined
    }
    case 'list': {
      const i = node.items.findIndex(item => item.start <= offset && offset <= item.end)
      return i < 0 ? undefined : pathAt(node.items[i], offset, [...path, i])
    }
    case 'map': {
      const entry = node.entries.find(
        ({ key, value }) => key.start <= offset && offset <= Math.max(key.end, value.end),
      )
      if (entry === undefined) return undefined
      const { key, value } = entry
      const below = [...path, key.text]
      return offset <= key.end
        ? { path: below, start: key.start, end: key.end }
        : pathAt(value, offset, below)
    }
    default:
      return undefined
  }
}
