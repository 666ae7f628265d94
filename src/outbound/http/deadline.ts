/** A signal that aborts after `ms` or with the caller's own; `end` frees the timer. */
export interface Deadline {
  readonly signal: AbortSignal
  end(): void
}

export function createDeadline(ms: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  const abort = () => controller.abort()
  if (outer?.aborted) abort()
  const timer = setTimeout(abort, ms)
  outer?.addEventListener('abort', abort)
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer)
      outer?.removeEventListener('abort', abort)
    },
  }
}
