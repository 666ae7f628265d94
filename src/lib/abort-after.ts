import type { Signal } from './signal.ts'

/** Calls `abort` after `ms`, or when `outer` aborts. The returned function stops waiting for both. */
export function abortAfter(ms: number, outer: Signal | undefined, abort: () => void): () => void {
  if (outer?.aborted) abort()
  const timer = setTimeout(abort, ms)
  outer?.addEventListener('abort', abort)
  return () => {
    clearTimeout(timer)
    outer?.removeEventListener('abort', abort)
  }
}
