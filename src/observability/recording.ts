import type { Trace, TraceStep } from '../model/trace.ts'

export interface RecordedStep {
  readonly step: TraceStep
  /** End time on the clock of performance.now(), in milliseconds. */
  readonly at: number
}

/** The steps of one decision, for the decision log and the spans. */
export interface Recording extends Trace {
  readonly steps: readonly RecordedStep[]
}

/** Also passes each step to `next`. */
export function createRecording(next?: Trace): Recording {
  const steps: RecordedStep[] = []
  return {
    handlersOnly: true,
    steps,
    record: step => {
      steps.push({ step, at: performance.now() })
      next?.record(step)
    },
  }
}
