import type { Callable } from '../go/value.ts'
import type { Operand, PipeNode } from '../syntax/nodes.ts'
import type { Eval, Exec } from './frame.ts'
import type { Context } from './location.ts'

/** A template that `{{template}}` can call. */
export interface CompiledTree {
  readonly exec: Exec
  /** Slots of variables; slot 0 stands for `$` and is not used. */
  readonly slots: number
}

/** What surrounds the node that is being compiled. */
export interface Scope {
  readonly context: Context
  readonly functions: ReadonlyMap<string, Callable>
  /** Looked up when called: templates may call each other. */
  readonly trees: ReadonlyMap<string, CompiledTree>
  /** True where dot is the session too. */
  readonly dotIsSession: boolean
  /** Operands stand inside calls, calls inside pipelines and pipelines inside operands. */
  readonly operand: (scope: Scope, node: Operand) => Eval
  readonly pipeline: (scope: Scope, pipe: PipeNode) => Eval
}
