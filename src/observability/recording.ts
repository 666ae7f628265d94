import type { Trace, TraceStep } from '../model/trace.ts'

export interface RecordedStep {
  readonly step: TraceStep
  /** When it ended, on the clock of performance.now(). */
  readonly at: number
}

/** Remembers the steps of one decision, for its record and its spans. */
export interface Recording extends Trace {
  readonly steps: readonly RecordedStep[]
}

/** `next` is told as well. */
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
