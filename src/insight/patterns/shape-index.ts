/** Finds what may overlap among many patterns by their shapes. */
import { createPrefixes, type Prefixes } from './prefixes.ts'
import { fit, type Shape } from './shape.ts'

export interface Shaped {
  readonly shape: Shape
}

/** A node of the tree of path segments. */
interface Segment<T> {
  readonly named: Map<string, Segment<T>>
  /** The same, by the beginnings of the names. */
  readonly byStart: Prefixes<Segment<T>>
  /** Of a segment of unknown text. */
  any: Segment<T> | undefined
  /** Paths that end here. */
  readonly ended: T[]
  /** Paths that go on here with anything, or with nothing, by the text that they begin with. */
  readonly open: Prefixes<T>
}

export interface ShapeIndex<T> {
  /** Everything whose shape fits; `visit` returns false to stop. */
  readonly visit: (shape: Shape, visit: (item: T) => boolean) => void
}

const createSegment = <T>(): Segment<T> => ({
  named: new Map(),
  byStart: createPrefixes(),
  any: undefined,
  ended: [],
  open: createPrefixes(),
})

/** Items with a fixed host are in a tree of that host; all are in one tree of paths, too. */
export function createShapeIndex<T extends Shaped>(items: readonly T[]): ShapeIndex<T> {
  const all = createSegment<T>()
  const byHost = new Map<string, Segment<T>>()
  const others = createSegment<T>()
  for (const item of items) {
    const { host } = item.shape
    insert(all, item)
    if (host === undefined) insert(others, item)
    else {
      const tree = byHost.get(host) ?? createSegment<T>()
      byHost.set(host, tree)
      insert(tree, item)
    }
  }
  return {
    visit: (shape, visit) => {
      const trees = shape.host === undefined ? [all] : [byHost.get(shape.host), others]
      const onFit = (item: T): boolean => !fit(shape, item.shape) || visit(item)
      trees.every(tree => tree === undefined || walk(tree, { shape, visit: onFit }, 0))
    },
  }
}

function insert<T extends Shaped>(tree: Segment<T>, item: T): void {
  const { segments, isOpen, pathStart } = item.shape
  const node = segments.reduce(childOf, tree)
  if (isOpen) node.open.add(pathStart, item)
  else node.ended.push(item)
}

/** The child for a segment, which is made if there is none. */
function childOf<T>(node: Segment<T>, segment: string | undefined): Segment<T> {
  const known = segment === undefined ? node.any : node.named.get(segment)
  if (known !== undefined) return known
  const made = createSegment<T>()
  if (segment === undefined) node.any = made
  else {
    node.named.set(segment, made)
    node.byStart.add(segment, made)
  }
  return made
}

interface Walk<T> {
  readonly shape: Shape
  readonly visit: (item: T) => boolean
}

/** False: the visitor has stopped. */
function walk<T>(node: Segment<T>, wanted: Walk<T>, depth: number): boolean {
  const { shape, visit } = wanted
  if (!node.open.visit(shape.pathStart, visit)) return false
  if (depth === shape.segments.length) {
    return shape.isOpen ? walkOpen(node, wanted) : node.ended.every(visit)
  }
  const segment = shape.segments[depth]
  const children =
    segment === undefined ? [...node.named.values(), node.any] : [node.named.get(segment), node.any]
  return children.every(child => child === undefined || walk(child, wanted, depth + 1))
}

/** What ends at the node, and what is below it and begins as the path goes on. */
function walkOpen<T>(node: Segment<T>, { shape, visit }: Walk<T>): boolean {
  const below = (child: Segment<T>): boolean => everything(child, shape.pathStart, visit)
  return (
    node.ended.every(visit) &&
    node.byStart.visit(goingOn(shape), below) &&
    (node.any === undefined || below(node.any))
  )
}

/** What is known of the segment behind the known ones. */
function goingOn({ segments, pathStart }: Shape): string {
  const known = segments.map(segment => `/${segment}`).join('')
  const isFixed = !segments.includes(undefined) && pathStart.startsWith(`${known}/`)
  return isFixed ? pathStart.slice(known.length + 1) : ''
}

function everything<T>(node: Segment<T>, start: string, visit: (item: T) => boolean): boolean {
  return (
    node.ended.every(visit) &&
    node.open.visit(start, visit) &&
    [...node.named.values(), node.any].every(
      child => child === undefined || everything(child, start, visit),
    )
  )
}
