import type { Signal } from '../lib/signal.ts'

/** Runs something later; the returned function calls it off. */
export type After = (ms: number, run: () => void) => () => void

export const afterTimer: After = (ms, run) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

/** A timer that does not keep the process alive. */
export const afterUnattended: After = (ms, run) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

/** Resolves after `ms`, or at once when the signal aborts. */
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

/** Resolves with `work`, or earlier when `ms` have passed or the signal aborts. `work` goes on. */
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
