import type { Signal } from '../lib/signal.ts'

/** Calls `run` after `ms`; the returned function cancels it. */
export type After = (ms: number, run: () => void) => () => void

export const afterTimer: After = (ms, run) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** A timer that does not keep the process alive. */
export const afterUnrefTimer: After = (ms, run) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

/** Resolves after `ms`, or when the signal aborts. */
export function pause(ms: number, after: After, signal: Signal | undefined): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    const end = () => {
      cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = after(ms, end)
    signal?.addEventListener('abort', end)
  })
}

/** Resolves when `work` has settled, after `ms`, or when the signal aborts. `work` continues. */
export function waitFor(work: Promise<unknown>, ms: number, signal: Signal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    work.then(end, end)
  })
}
