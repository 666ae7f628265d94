import type { Callable } from '../go/value.ts'
import type { Tree } from '../syntax/nodes.ts'
import { parse } from '../syntax/parser.ts'
import { compilePipeline } from './pipeline.ts'
import type { CompiledTree, Scope } from './scope.ts'
import { compileList, constantText } from './statements.ts'

export interface Compiled {
  readonly main: CompiledTree
  /** What the template always prints, when that depends on nothing. */
  readonly constant: string | undefined
}

export interface Source {
  readonly name: string
  readonly source: string
  readonly functions: ReadonlyMap<string, Callable>
}

/** Throws a TemplateSyntaxError. */
export function compile({ name, source, functions }: Source): Compiled {
  const parsed = parse(source, { name, hasFunction: word => functions.has(word) })
  const trees = new Map<string, CompiledTree>()
  for (const tree of parsed.values()) {
    const isMain = tree.name === name
    const scope: Scope = {
      context: { source, name, template: tree.name },
      functions,
      trees,
      dotIsSession: isMain,
      pipeline: compilePipeline,
    }
    trees.set(tree.name, { exec: compileList(scope, tree.body), slots: tree.slots })
  }
  const main = trees.get(name)
  if (main === undefined) throw new Error('the parser gave no main template')
  return { main, constant: constantOf(parsed.get(name)) }
}

function constantOf(tree: Tree | undefined): string | undefined {
  const texts = (tree?.body ?? []).map(constantText)
  return texts.includes(undefined) ? undefined : texts.join('')
}
