/** The branches of templates that one decision takes, by its steps. */
import type { Trace } from '../../../model/trace.ts'
import type { OnBranch } from '../../../templates/template.ts'
import { branchKey } from './items.ts'

export interface TakenBranches {
  /** Of the decision that was recorded last; `i` counts its steps as a record has them. */
  readonly ofStep: (i: number) => Iterable<string>
}

export interface BranchRecorder extends TakenBranches {
  /** For the templates that are compiled. */
  readonly onBranch: OnBranch
  /** Begins a decision: the trace that it is decided with. */
  readonly begin: (trace: Trace) => Trace
}

export function createBranchRecorder(): BranchRecorder {
  let steps: ReadonlySet<string>[] = []
  let current = new Set<string>()
  return {
    onBranch: (source, position, isElse) => {
      current.add(branchKey(source, position, isElse))
    },
    begin: trace => {
      steps = []
      current = new Set()
      return {
        ...trace,
        record: step => {
          trace.record(step)
          if (step.kind !== 'handler' && step.kind !== 'skipped') return
          steps.push(current)
          current = new Set()
        },
      }
    },
    ofStep: i => steps[i] ?? [],
  }
}
