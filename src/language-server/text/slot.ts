/** What may be written at a position: the text is parsed with a word there. */
import type { Path } from '../schema/schema.ts'
import { parseTree, type TreeNode } from './tree.ts'

export interface Slot {
  readonly kind: 'key' | 'value'
  /** Of the value, or of the object that the key is for. */
  readonly path: Path
  /** The document with the word in it. */
  readonly tree: TreeNode
  /** The keys that the object has besides. */
  readonly siblings: readonly string[]
  /** The part of the text that is replaced. */
  readonly start: number
  readonly end: number
  readonly isQuoted: boolean
}

const word = 'oarlock0slot0here'

/** A key, a value, or both; none in comments and where the text before is not valid. */
export function slotsAt(text: string, offset: number): readonly Slot[] {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)
  if (/(?:^|\s)#/.test(line)) return []
  const before = text.slice(0, offset)
  const start = offset - (/[^\s{}[\],:"'#]*$/.exec(line)?.[0].length ?? 0)
  const rest = /^[^\n]*/.exec(text.slice(offset))?.[0] ?? ''
  const end = offset + (/^[^\s{}[\],:"'#]*/.exec(rest)?.[0].length ?? 0)
  const isQuoted = /["']/.test(before[start - 1] ?? '')
  const place = { start, end, isQuoted }
  return (['key', 'value'] as const).flatMap(kind => {
    for (const after of [text.slice(end), text.slice(end, offset + rest.length)]) {
      const slot = slotOf(kind, `${text.slice(0, start)}${written(kind, after, isQuoted)}${after}`)
      if (slot !== undefined) return [{ ...slot, ...place }]
    }
    return []
  })
}

/** A key needs a value, unless one follows. */
const written = (kind: Slot['kind'], after: string, isQuoted: boolean): string =>
  kind === 'value' || isQuoted || /^["']?\s*:/.test(after) ? word : `${word}: 0`

type Found = Pick<Slot, 'kind' | 'path' | 'tree' | 'siblings'>

function slotOf(kind: Slot['kind'], text: string): Found | undefined {
  const tree = parseTree(text)
  const found = tree && find(tree, [])
  return tree !== undefined && found?.kind === kind ? { ...found, tree } : undefined
}

function find(node: TreeNode, path: Path): Omit<Found, 'tree'> | undefined {
  switch (node.kind) {
    case 'scalar':
      return node.text === word ? { kind: 'value', path, siblings: [] } : undefined
    case 'list':
      return first(node.items, (item, i) => find(item, [...path, i]))
    case 'map':
      return first(node.entries, ({ key, value }) => {
        if (key.text !== word) return find(value, [...path, key.text])
        const siblings = node.entries.map(entry => entry.key.text).filter(name => name !== word)
        return { kind: 'key', path, siblings }
      })
  }
}

function first<T, R>(
  items: readonly T[],
  look: (item: T, i: number) => R | undefined,
): R | undefined {
  for (const [i, item] of items.entries()) {
    const found = look(item, i)
    if (found !== undefined) return found
  }
  return undefined
}
