/** The values of a YAML or JSON text with the offsets between which they are written; from the events of the parser that the product uses. */
import { EVENT_ID, type Event, getScalarValue, parseEvents, type ScalarEvent } from 'js-yaml'

interface Written {
  /** Offsets of UTF-16 code units; `end` is behind the last one. */
  readonly start: number
  readonly end: number
}

export interface ScalarNode extends Written {
  readonly kind: 'scalar'
  readonly text: string
}

export interface Entry {
  readonly key: ScalarNode
  readonly value: TreeNode
}

export interface MapNode extends Written {
  readonly kind: 'map'
  readonly entries: readonly Entry[]
}

export interface ListNode extends Written {
  readonly kind: 'list'
  readonly items: readonly TreeNode[]
}

export type TreeNode = ScalarNode | MapNode | ListNode

/** As `config/files`: deeper documents are refused. */
const maxDepth = 50

/** The first document; undefined when the text is empty or not valid. Never throws. */
export function parseTree(source: string): TreeNode | undefined {
  try {
    // YAML does not allow tabs for indentation; a space has the same width.
    const text = source.replaceAll('\t', ' ')
    return firstDocument(text, parseEvents(text, { maxDepth }))
  } catch {
    return undefined
  }
}

interface Open {
  readonly kind: 'map' | 'list'
  readonly start: number
  readonly children: TreeNode[]
}

/** undefined: the event begins no collection. */
function openedBy(event: Event): Open | undefined {
  if (event.type !== EVENT_ID.MAPPING && event.type !== EVENT_ID.SEQUENCE) return undefined
  const kind = event.type === EVENT_ID.MAPPING ? 'map' : 'list'
  return { kind, start: Math.max(event.start, 0), children: [] }
}

type Leaf = Extract<Event, ScalarEvent | { readonly type: typeof EVENT_ID.ALIAS }>

function firstDocument(source: string, events: readonly Event[]): TreeNode | undefined {
  const open: Open[] = []
  let last = 0
  for (const event of events.filter(({ type }) => type !== EVENT_ID.DOCUMENT)) {
    const begun = openedBy(event)
    if (begun !== undefined) {
      open.push(begun)
      continue
    }
    const node =
      event.type === EVENT_ID.POP ? closed(open.pop()) : leafOf(source, event as Leaf, last)
    const parent = open.at(-1)
    if (parent === undefined || node === undefined) return node
    last = Math.max(last, node.end)
    parent.children.push(node)
  }
  return undefined
}

/** Of a value that is not written, the place behind what is before it. */
function leafOf(source: string, event: Leaf, last: number): ScalarNode {
  if (event.type === EVENT_ID.ALIAS) {
    return { kind: 'scalar', start: event.anchorStart, end: event.anchorEnd, text: '' }
  }
  if (event.valueStart < 0) return { kind: 'scalar', start: last, end: last, text: '' }
  const quote = event.style === 2 || event.style === 3 ? 1 : 0
  const start = event.valueStart - quote
  const end = event.valueEnd + quote
  return { kind: 'scalar', start, end, text: getScalarValue(source, event) }
}

/** undefined: the document is empty. */
function closed(open: Open | undefined): TreeNode | undefined {
  if (open === undefined) return undefined
  const { kind, start, children } = open
  const end = Math.max(start, children.at(-1)?.end ?? start)
  if (kind === 'list') return { kind, start, end, items: children }
  const entries: Entry[] = []
  for (let i = 0; i + 1 < children.length; i += 2) {
    const [key, value] = [children[i], children[i + 1]]
    if (key?.kind === 'scalar' && value !== undefined) entries.push({ key, value })
  }
  return { kind, start, end, entries }
}

/** The value of a key, the last one where it is written twice; undefined: not there. */
export const memberOf = (node: TreeNode | undefined, key: string): TreeNode | undefined =>
  node?.kind === 'map' ? node.entries.findLast(entry => entry.key.text === key)?.value : undefined

export const itemsOf = (node: TreeNode | undefined): readonly TreeNode[] =>
  node?.kind === 'list' ? node.items : []

/** undefined: it is not a scalar. */
export const textIn = (node: TreeNode | undefined): string | undefined =>
  node?.kind === 'scalar' ? node.text : undefined
