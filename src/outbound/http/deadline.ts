import { LightSignal, type Signal } from '../../lib/signal.ts'

/** Aborts after `ms` or with the caller's own signal; `end` frees the timer. */
export interface Deadline {
  readonly signal: Signal
  end(): void
}

export function createDeadline(ms: number, outer: Signal | undefined): Deadline {
  const signal = new LightSignal()
  const abort = (): void => signal.abort()
  if (outer?.aborted) abort()
  const timer = setTimeout(abort, ms)
  outer?.addEventListener('abort', abort)
  return {
    signal,
    end: () => {
      clearTimeout(timer)
      outer?.removeEventListener('abort', abort)
    },
  }
}
