/** Compiles the authorizers of a rule: one, or several of which one or all must allow. */
import type { Step } from '../../handlers/kind.ts'
import type { AuthorizerEntry, RuleDefinition } from '../definition.ts'
import type { AuthorizerStep } from '../rule.ts'
import { type CompileReference, isProblem, type Runnable } from './section.ts'

export interface CompiledAuthorizers {
  readonly step: AuthorizerStep
  /** All handlers in it. */
  readonly runnables: readonly Runnable<Step, 'authorizer'>[]
}

/** `onProblem` gets what is wrong with a handler. */
export function compileAuthorizers(
  { authorizer, authorizers }: Pick<RuleDefinition, 'authorizer' | 'authorizers'>,
  compile: CompileReference<Step, 'authorizer'>,
  onProblem: (problem: string) => void,
): CompiledAuthorizers {
  const runnables: Runnable<Step, 'authorizer'>[] = []
  const toStep = (entry: AuthorizerEntry): readonly AuthorizerStep[] => {
    if ('of' in entry) {
      const { of, entries } = entry
      return [{ stage: 'authorizer', of, branches: entries.flatMap(toStep) }]
    }
    const compiled = compile(entry)
    if (isProblem(compiled)) {
      onProblem(compiled.message)
      return []
    }
    runnables.push(compiled)
    return [compiled]
  }
  const branches = (authorizers ?? [authorizer]).flatMap(toStep)
  const [only] = branches
  const isOne = branches.length === 1 && only !== undefined
  return { step: isOne ? only : { stage: 'authorizer', of: 'all', branches }, runnables }
}
