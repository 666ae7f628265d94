/** Reading the assembled schema: what keys there are, whatever keyword they stand under. */

export interface SchemaNode {
  readonly type?: string | readonly string[]
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly items?: SchemaNode
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly oneOf?: readonly SchemaNode[]
  readonly then?: SchemaNode
}

const nothing: Readonly<Record<string, SchemaNode>> = {}

/** Own properties, those of the alternatives, and those that an enabled handler has. */
export function propertiesOf(schema: SchemaNode): Readonly<Record<string, SchemaNode>> {
  const { properties = nothing, oneOf = [], then } = schema
  const branches = oneOf.map(propertiesOf)
  const conditional = then === undefined ? nothing : knownProperties(then)
  return Object.assign({}, ...branches, properties, conditional) as typeof nothing
}

/** Of a condition only what it describes: an empty schema repeats a key that stands elsewhere. */
const knownProperties = (schema: SchemaNode): Readonly<Record<string, SchemaNode>> =>
  Object.fromEntries(
    Object.entries(propertiesOf(schema)).filter(([, node]) => Object.keys(node).length > 0),
  )
