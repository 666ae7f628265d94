/** The parts that a schema of rules is made of, from which JSON Schema and the schema of a custom resource are written. */

export interface Node {
  readonly description?: string
  readonly type?: 'object' | 'array' | 'string' | 'boolean' | 'integer'
  readonly enum?: readonly string[]
  readonly nullable?: true
  readonly default?: string | number | boolean
  readonly examples?: readonly unknown[]
  /** Of an object with fixed keys. */
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  /** Of an object with any keys. */
  readonly values?: Node
  /** The config of a handler of this stage: an object with keys that are not described here. */
  readonly configOf?: Stage
  readonly items?: Node
  /** The smallest and largest number: of items, of members, of characters, or the integer itself. */
  readonly least?: number
  readonly most?: number
  /** A named part of the document, which may contain itself. */
  readonly ref?: 'authorizer'
  readonly checks?: readonly Check[]
}

export type Stage = 'authenticator' | 'authorizer' | 'mutator' | 'error'

/** What a type alone cannot say; `message` says what is expected. */
export type Check = { readonly message: string } & (
  | { readonly cel: string; readonly json?: object }
  | { readonly matches: string }
  | { readonly avoids: string }
)

export const text = (description: string, more: Partial<Node> = {}): Node => ({
  type: 'string',
  description,
  ...more,
})

export const list = (description: string, items: Node, more: Partial<Node> = {}): Node => ({
  type: 'array',
  description,
  items,
  least: 1,
  ...more,
})

export const object = (
  description: string,
  properties: Readonly<Record<string, Node>>,
  more: Partial<Node> = {},
): Node => ({ type: 'object', description, properties, ...more })

export const flag = (description: string): Node => ({
  type: 'boolean',
  description,
  default: false,
})
