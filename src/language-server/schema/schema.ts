/** What a JSON Schema allows at a place of a document, as far as editors need it. */
import { configSchema } from '../../config/schema/root.ts'
import { testFileSchema } from '../../insight/testing/schema.ts'
import { rulesSchema } from '../../rules/schema/json-schema.ts'
import { memberOf, type TreeNode, textIn } from '../text/tree.ts'
import type { FileKind } from '../worker/messages.ts'

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly allOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly if?: Schema
  readonly then?: Schema
  readonly definitions?: Readonly<Record<string, Schema>>
}

export type Path = readonly (string | number)[]

let rules: Schema | undefined

export function schemaOf(kind: FileKind): Schema | undefined {
  switch (kind) {
    case 'config':
      return configSchema as Schema
    case 'test':
      return testFileSchema as Schema
    case 'rules':
      rules ??= rulesSchema() as Schema
      return rules
    case 'other':
      return undefined
  }
}

/** All that describe the value at the path: alternatives, and the conditions that what is written fulfils. */
export function schemasAt(root: Schema, tree: TreeNode | undefined, path: Path): readonly Schema[] {
  let node = tree
  let schemas = flat(root, { root, node }, 0)
  for (const key of path) {
    node = typeof key === 'number' ? itemAt(node, key) : memberOf(node, key)
    const below = schemas.flatMap(schema => below1(schema, key))
    const next = node
    schemas = below.flatMap(schema => flat(schema, { root, node: next }, 0))
  }
  return schemas
}

const itemAt = (node: TreeNode | undefined, i: number): TreeNode | undefined =>
  node?.kind === 'list' ? node.items[i] : undefined

function below1(schema: Schema, key: string | number): readonly Schema[] {
  if (typeof key === 'number') return schema.items === undefined ? [] : [schema.items]
  const { properties = {}, additionalProperties } = schema
  if (Object.hasOwn(properties, key)) return [properties[key] ?? {}]
  return typeof additionalProperties === 'object' ? [additionalProperties] : []
}

interface Around {
  readonly root: Schema
  readonly node: TreeNode | undefined
}

/** Schemas contain themselves. */
const deepest = 16

/** The schema, and those that hold with it. */
function flat(schema: Schema, around: Around, depth: number): readonly Schema[] {
  if (depth > deepest) return []
  const { $ref, allOf = [], anyOf = [], oneOf = [] } = schema
  const named = $ref === undefined ? [] : [definitionOf($ref, around.root)]
  const then = schema.then !== undefined && holds(schema.if ?? {}, around.node) ? [schema.then] : []
  const others = [...named, ...allOf, ...anyOf, ...oneOf, ...then]
  return [schema, ...others.flatMap(other => flat(other, around, depth + 1))]
}

function definitionOf(ref: string, { definitions = {} }: Schema): Schema {
  const name = ref.replace('#/definitions/', '')
  return (Object.hasOwn(definitions, name) ? definitions[name] : undefined) ?? {}
}

/** Conditions of our schemas name keys that must be there, and their values. */
function holds({ required = [], properties = {} }: Schema, node: TreeNode | undefined): boolean {
  if (!required.every(key => memberOf(node, key) !== undefined)) return false
  return Object.entries(properties).every(([key, schema]) => {
    const value = memberOf(node, key)
    return value === undefined || !('const' in schema) || textIn(value) === String(schema.const)
  })
}
