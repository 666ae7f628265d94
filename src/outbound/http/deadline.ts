import { EventEmitter } from 'node:events'

/**
 * Emits `abort` once. A plain emitter, which undici takes as well: an AbortSignal and its listeners cost
 * more than the rest of a call's bookkeeping.
 */
export interface Ending extends EventEmitter {
  aborted: boolean
}

/** Aborts after `ms` or with the caller's own signal; `end` frees the timer. */
export interface Deadline {
  readonly signal: Ending
  end(): void
}

export function createDeadline(ms: number, outer: AbortSignal | undefined): Deadline {
  const signal: Ending = Object.assign(new EventEmitter(), { aborted: outer?.aborted === true })
  const abort = (): void => {
    if (signal.aborted) return
    signal.aborted = true
    signal.emit('abort')
  }
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
