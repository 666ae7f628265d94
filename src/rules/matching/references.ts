import { type Group, type Node, oneOf, partsOf, walk } from './node.ts'
import { nothing } from './ranges.ts'
import { canBeEmpty } from './shape.ts'

/**
 * The order in which captures are returned: unnamed groups by their opening parenthesis, then named ones.
 * Each entry lists the group numbers that share it (groups with the same name are one group).
 */
export function captureOrder(node: Node): readonly (readonly number[])[] {
  const unnamed: number[][] = []
  const named = new Map<string, number[]>()
  for (const part of walk(node)) {
    if (part.kind !== 'group') continue
    if (part.name === undefined) unnamed.push([part.number])
    else named.set(part.name, [...(named.get(part.name) ?? []), part.number])
  }
  return [...unnamed, ...named.values()]
}

/** The names of the captures, in the same order; undefined for unnamed ones. */
export function captureNames(node: Node): readonly (string | undefined)[] {
  const groups = walk(node).filter(part => part.kind === 'group')
  const unnamed = groups.filter(({ name }) => name === undefined).map(() => undefined)
  return [...unnamed, ...new Set(groups.flatMap(({ name }) => name ?? []))]
}

/** The names or numbers of groups whose value may differ from Oathkeeper's because they are in a loop. */
export function loopedGroups(node: Node): readonly (string | number)[] {
  const loops = walk(node).filter(part => part.kind === 'repeat' && part.max > 1)
  const unsure = new Set(loops.flatMap(loop => [...unsureGroups(partsOf(loop))]))
  return [...unsure].map(group => group.name ?? group.number)
}
/**
 * JavaScript resets the groups of a loop at each iteration, .NET keeps them; and .NET runs one more iteration when
 * that iteration is empty. So a group that an iteration may omit, or that may match nothing, can differ.
 */
function unsureGroups(body: readonly Node[]): readonly Group[] {
  const certain = new Set(body.flatMap(part => certainGroups(part)))
  const isEmptyRound = body.every(canBeEmpty)
  const groups = body.flatMap(part => walk(part)).filter(part => part.kind === 'group')
  return groups.filter(group => isEmptyRound || !certain.has(group))
}

/** The groups that take part in every match of the node. */
function certainGroups(node: Node): readonly Group[] {
  if (node.kind === 'group') return [node, ...certainGroups(node.body)]
  if (node.kind === 'sequence') return node.items.flatMap(certainGroups)
  if (node.kind === 'repeat' && node.min > 0) return certainGroups(node.body)
  if (node.kind === 'look' && !node.negative) return certainGroups(node.body)
  return []
}

/** Groups that are certainly set when the node has matched, by JavaScript's numbers. */
interface Known {
  readonly certain: ReadonlySet<number>
  readonly possible: ReadonlySet<number>
}

interface Resolver {
  readonly node: Node
  readonly order: readonly (readonly number[])[]
  readonly names: ReadonlyMap<string, number>
  message: string | undefined
}

/**
 * Returns the node with its backreferences in JavaScript's numbers, or what is wrong with one. A reference to a group
 * that has not matched is empty in JavaScript and fails in .NET. So a reference to a group that is certainly set is
 * kept, one to a group that is certainly not set never matches, and all others are refused.
 */
export function resolveReferences(node: Node): Node | string {
  if (!walk(node).some(part => part.kind === 'back_reference')) return node
  const resolver = createResolver(node)
  const resolved = resolve(resolver, node, { certain: new Set(), possible: new Set() }).node
  return resolver.message ?? resolved
}

function createResolver(node: Node): Resolver {
  const groups = walk(node).filter((part): part is Group => part.kind === 'group')
  const names = new Map<string, number>()
  for (const { name, number } of groups) if (name !== undefined) names.set(name, number)
  return { node, order: captureOrder(node), names, message: undefined }
}

interface Resolved {
  readonly node: Node
  readonly known: Known
}

function resolve(resolver: Resolver, node: Node, known: Known): Resolved {
  switch (node.kind) {
    case 'sequence':
      return resolveSequence(resolver, node.items, known)
    case 'choice':
      return resolveChoice(resolver, node.options, known)
    case 'repeat': {
      const inner = { certain: known.certain, possible: withGroupsOf(node.body, known.possible) }
      const body = resolve(resolver, node.body, inner)
      const after = {
        certain: node.min > 0 ? body.known.certain : known.certain,
        possible: body.known.possible,
      }
      return { node: { ...node, body: body.node }, known: after }
    }
    case 'group': {
      const body = resolve(resolver, node.body, known)
      return { node: { ...node, body: body.node }, known: withGroup(body.known, node.number) }
    }
    case 'look': {
      const body = resolve(resolver, node.body, known)
      return { node: { ...node, body: body.node }, known: node.negative ? known : body.known }
    }
    case 'back_reference':
      return { node: resolveOne(resolver, node.to, known), known }
    default:
      return { node, known }
  }
}

function resolveSequence(resolver: Resolver, items: readonly Node[], known: Known): Resolved {
  const resolved: Node[] = []
  let now = known
  for (const item of items) {
    const next = resolve(resolver, item, now)
    resolved.push(next.node)
    now = next.known
  }
  return { node: { kind: 'sequence', items: resolved }, known: now }
}

function resolveChoice(resolver: Resolver, options: readonly Node[], known: Known): Resolved {
  const all = options.map(option => resolve(resolver, option, known))
  const certain = [...(all[0]?.known.certain ?? [])].filter(group =>
    all.every(one => one.known.certain.has(group)),
  )
  const possible = new Set(all.flatMap(one => [...one.known.possible]))
  return {
    node: { kind: 'choice', options: all.map(one => one.node) },
    known: { certain: new Set(certain), possible },
  }
}

const withGroup = (known: Known, group: number): Known => ({
  certain: new Set([...known.certain, group]),
  possible: new Set([...known.possible, group]),
})

/** In a loop, a group may be set by an earlier iteration. */
const withGroupsOf = (node: Node, groups: ReadonlySet<number>): ReadonlySet<number> => {
  const all = new Set(groups)
  for (const part of walk(node)) if (part.kind === 'group') all.add(part.number)
  return all
}

function resolveOne(resolver: Resolver, to: number | string, known: Known): Node {
  const shared = typeof to === 'string' ? resolver.names.get(to) : undefined
  const groups = typeof to === 'number' ? resolver.order[to - 1] : groupsOf(resolver, shared)
  const [group] = groups ?? []
  if (group === undefined)
    resolver.message ??= `the backreference to group "${to}" has no group to refer to`
  else if (known.certain.has(group) && groups?.length === 1)
    return { kind: 'back_reference', to: group }
  else if (groups?.some(one => known.possible.has(one))) {
    resolver.message ??= `the backreference to group "${to}" may meet a group that has not matched, which is not supported (write the alternatives out)`
  }
  return oneOf(nothing)
}

const groupsOf = (resolver: Resolver, group: number | undefined): readonly number[] | undefined =>
  resolver.order.find(groups => group !== undefined && groups.includes(group))
