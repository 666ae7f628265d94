/** Finds the keys of the assembled schema, whatever keyword they are under. */

export interface SchemaNode {
  readonly type?: string | readonly string[]
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly items?: SchemaNode
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly oneOf?: readonly SchemaNode[]
  readonly then?: SchemaNode
  readonly not?: unknown
}

const nothing: Readonly<Record<string, SchemaNode>> = {}

/** The schema's own properties, those of its alternatives, and those of an enabled handler. */
export function propertiesOf(schema: SchemaNode): Readonly<Record<string, SchemaNode>> {
  const { properties = nothing, oneOf = [], then } = schema
  const branches = oneOf.map(propertiesOf)
  const conditional = then === undefined ? nothing : knownProperties(then)
  return Object.assign({}, ...branches, properties, conditional) as typeof nothing
}

/** Only described properties of a condition: an empty schema repeats a key that is declared elsewhere, `not` forbids one. */
const knownProperties = (schema: SchemaNode): Readonly<Record<string, SchemaNode>> =>
  Object.fromEntries(
    Object.entries(propertiesOf(schema)).filter(
      ([, node]) => Object.keys(node).length > 0 && node.not === undefined,
    ),
  )
