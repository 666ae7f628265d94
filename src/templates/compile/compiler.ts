import type { Callable } from '../go/value.ts'
import type { Tree } from '../syntax/nodes.ts'
import { parse } from '../syntax/parser.ts'
import { compileOperand } from './command.ts'
import { compilePipeline } from './pipeline.ts'
import type { CompiledTree, Scope } from './scope.ts'
import { compileList, constantText } from './statements.ts'

export interface Compiled {
  readonly main: CompiledTree
  /** The text that the template always prints; undefined when it depends on data. */
  readonly constant: string | undefined
}

export interface Source {
  readonly name: string
  readonly source: string
  readonly functions: ReadonlyMap<string, Callable>
  readonly refusesEmpty: boolean
  readonly onBranch: Scope['onBranch']
}

const parts = { operand: compileOperand, pipeline: compilePipeline }

/** Throws a TemplateSyntaxError. */
export function compile(given: Source): Compiled {
  const { name, source, functions, refusesEmpty, onBranch } = given
  const parsed = parse(source, { name, hasFunction: word => functions.has(word) })
  const trees = new Map<string, CompiledTree>()
  const compileTree = (tree: Tree, dotIsSession: boolean): CompiledTree => {
    const context = { source, name, template: tree.name }
    const own = { context, functions, trees, dotIsSession, refusesEmpty, onBranch }
    const scope: Scope = { ...own, ...parts }
    return { exec: compileList(scope, tree.body), slots: tree.slots }
  }
  // The main template is compiled a second time, because it may call itself with any value as dot.
  for (const tree of parsed.trees.values()) {
    if (parsed.calls.has(tree.name)) trees.set(tree.name, compileTree(tree, false))
  }
  const main = parsed.trees.get(name)
  if (main === undefined) throw new Error('the parser gave no main template')
  return { main: compileTree(main, true), constant: constantOf(main) }
}

function constantOf({ body }: Tree): string | undefined {
  const texts = body.map(constantText)
  return texts.includes(undefined) ? undefined : texts.join('')
}
