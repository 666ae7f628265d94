/** The parsed template. `position` is a byte offset into the source. */
import type { NumberLiteral } from './number.ts'

interface At {
  readonly position: number
}

export interface FieldNode extends At {
  readonly kind: 'field'
  readonly names: readonly string[]
}
export interface ChainNode extends At {
  readonly kind: 'chain'
  readonly of: Operand
  readonly names: readonly string[]
}
export interface IdentifierNode extends At {
  readonly kind: 'identifier'
  readonly name: string
}
/** `name` includes the `$`; `slot` is the index of its value. */
export interface VariableNode extends At {
  readonly kind: 'variable'
  readonly name: string
  readonly slot: number
  /** Its value comes from a list or map that `range` iterates over. */
  readonly ranged: boolean
  readonly names: readonly string[]
}
export interface NumberNode extends At {
  readonly kind: 'number'
  readonly literal: NumberLiteral
}
export interface StringNode extends At {
  readonly kind: 'string'
  readonly quoted: string
  readonly text: string
}
export interface BoolNode extends At {
  readonly kind: 'bool'
  readonly value: boolean
}
export interface PlainNode extends At {
  readonly kind: 'dot' | 'nil'
}

export type Operand =
  | FieldNode
  | ChainNode
  | IdentifierNode
  | VariableNode
  | NumberNode
  | StringNode
  | BoolNode
  | PlainNode
  | PipeNode

export interface CommandNode extends At {
  readonly kind: 'command'
  readonly words: readonly [Operand, ...Operand[]]
}

export interface PipeNode extends At {
  readonly kind: 'pipe'
  /** True for `=`, false for `:=`. */
  readonly assigns: boolean
  readonly variables: readonly VariableNode[]
  readonly commands: readonly CommandNode[]
}

export interface TextNode extends At {
  readonly kind: 'text'
  readonly text: string
}
export interface ActionNode extends At {
  readonly kind: 'action'
  readonly pipe: PipeNode
}
export interface BranchNode extends At {
  readonly kind: 'if' | 'with' | 'range'
  readonly pipe: PipeNode
  readonly body: readonly Statement[]
  readonly otherwise: readonly Statement[] | undefined
}
export interface TemplateNode extends At {
  readonly kind: 'template'
  readonly name: string
  readonly pipe: PipeNode | undefined
}
export interface JumpNode extends At {
  readonly kind: 'break' | 'continue'
}

export type Statement = TextNode | ActionNode | BranchNode | TemplateNode | JumpNode

/** One template: the main text, a `define` or a `block`. */
export interface Tree {
  readonly name: string
  readonly body: readonly Statement[]
  /** The number of variables that it declares. */
  readonly slots: number
}
