/** Compiles the authorizers of a rule: one, or several of which one or all must allow. */
import type { Step } from '../../handlers/kind.ts'
import type { AuthorizerEntry, RuleDefinition } from '../definition.ts'
import type { AuthorizerStep } from '../rule.ts'
import type { CaptureNames } from './capture-names.ts'
import { whenOf } from './compile-when.ts'
import { type CompileReference, isProblem, type Runnable } from './section.ts'

export interface CompiledAuthorizers {
  readonly step: AuthorizerStep
  /** All handlers in it. */
  readonly runnables: readonly Runnable<Step, 'authorizer'>[]
}

interface Options {
  readonly compile: CompileReference<Step, 'authorizer'>
  readonly now: () => number
  /** The rule has `body`. */
  readonly hasBody: boolean
  readonly captures: CaptureNames
  /** Gets what is wrong with an authorizer. */
  readonly onProblem: (problem: string) => void
}

export function compileAuthorizers(
  { authorizer, authorizers }: Pick<RuleDefinition, 'authorizer' | 'authorizers'>,
  { compile, now, hasBody, captures, onProblem }: Options,
): CompiledAuthorizers {
  const runnables: Runnable<Step, 'authorizer'>[] = []
  const toStep = (entry: AuthorizerEntry, place: string): readonly AuthorizerStep[] => {
    const when = whenOf(entry, { now, hasBody, captures, onProblem, place })
    if ('of' in entry) {
      const { of, entries } = entry
      return [{ stage: 'authorizer', of, branches: toSteps(entries, `${place}.${of}`), when }]
    }
    const compiled = compile(entry)
    if (isProblem(compiled)) {
      onProblem(compiled.message)
      return []
    }
    runnables.push(compiled)
    const { handler, run, config, asksOutside } = compiled
    return [{ stage: 'authorizer', handler, run, when, config, asksOutside }]
  }
  const toSteps = (entries: readonly AuthorizerEntry[], place: string) =>
    entries.flatMap((entry, i) => toStep(entry, `${place}[${i}]`))
  const branches = authorizers
    ? toSteps(authorizers, 'authorizers')
    : toStep(authorizer, 'authorizer')
  const [only] = branches
  const isOne = branches.length === 1 && only !== undefined && only.when === undefined
  // In a group, so that a rule whose authorizers are all skipped denies.
  return { step: isOne ? only : { stage: 'authorizer', of: 'all', branches }, runnables }
}
