/** A handler's schema as rows of a table. */
import type { Kind } from '../../src/handlers/kind.ts'

export interface Row {
  readonly name: string
  readonly type: string
  readonly fallback: string
  readonly text: string
}

export interface Node {
  readonly minimum?: number
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly enum?: readonly unknown[]
  readonly items?: Node
  readonly additionalProperties?: Node | boolean
  readonly default?: unknown
  readonly format?: string
  readonly pattern?: string
  readonly description?: string
  readonly oneOf?: readonly Node[]
  readonly anyOf?: readonly Node[]
}

export const rowsOf = ({ schema }: Kind<never, unknown>): readonly Row[] =>
  rowsBelow(schema as Node, '')

function rowsBelow(node: Node, prefix: string): readonly Row[] {
  const alternatives = [...(node.oneOf ?? []), ...(node.anyOf ?? [])]
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const name = prefix + key
    const row: Row = {
      name,
      type: typeOf(child),
      fallback: fallbackOf(child, node.required?.includes(key) === true),
      text: child.description ?? '',
    }
    const inner = child.type === 'array' ? rowsBelow(child.items ?? {}, `${name}[].`) : []
    const { additionalProperties: any } = child
    const named = typeof any === 'object' ? rowsBelow(any, `${name}.NAME.`) : []
    return [row, ...rowsBelow(child, `${name}.`), ...inner, ...named]
  })
  const known = new Set(own.map(({ name }) => name))
  // One of them is needed, none of them always.
  const others = alternatives.flatMap(other => rowsBelow({ ...other, required: [] }, prefix))
  return [...own, ...others.filter(({ name }) => !known.has(name) && known.add(name))]
}

export function typeOf(node: Node): string {
  if (node.oneOf && node.type === undefined) return node.oneOf.map(typeOf).join(' or ')
  if (node.enum) return node.enum.map(value => `\`${JSON.stringify(value)}\``).join(', ')
  if (node.type === 'array') return `list of ${node.items ? typeOf(node.items) : 'anything'}`
  if (node.format === 'uri') return 'URL'
  if (node.format === 'cidr') return 'network'
  if (node.pattern?.includes('ns|us')) return 'duration'
  if (node.type === 'object') return 'map'
  return [node.type ?? 'map'].flat().join(' or ')
}

export function fallbackOf({ default: value }: Node, isRequired: boolean): string {
  if (value !== undefined) return `\`${JSON.stringify(value)}\``
  return isRequired ? 'required' : ''
}
