import type { Callable } from '../go/value.ts'
import type { Operand, PipeNode } from '../syntax/nodes.ts'
import type { Eval, Exec } from './frame.ts'
import type { Context } from './location.ts'

/** A template that `{{template}}` can call. */
export interface CompiledTree {
  readonly exec: Exec
  /** The number of variable slots; slot 0 stands for `$` and is not used. */
  readonly slots: number
}

/** The surroundings of the node that is being compiled. */
export interface Scope {
  readonly context: Context
  readonly functions: ReadonlyMap<string, Callable>
  /** Looked up at each call, because templates may call each other. */
  readonly trees: ReadonlyMap<string, CompiledTree>
  /** True where dot is also the session. */
  readonly dotIsSession: boolean
  /** A field, variable or call without a value, or with an empty text, is an error. */
  readonly refusesEmpty: boolean
  /** undefined: branches are not recorded, and nothing looks for it while rendering. */
  readonly onBranch: ((position: number, isElse: boolean) => void) | undefined
  /** Passed in, because operands, calls and pipelines contain one another. */
  readonly operand: (scope: Scope, node: Operand) => Eval
  readonly pipeline: (scope: Scope, pipe: PipeNode) => Eval
}
