import { setImmediate } from 'node:timers/promises'

/**
 * For long loops at load: awaiting the returned function lets other work run once `milliseconds` have
 * been used, so that requests are answered while thousands of rules compile.
 */
export function createBreather(milliseconds = 3): () => Promise<void> | undefined {
  let since = performance.now()
  return () => {
    if (performance.now() - since < milliseconds) return undefined
    return setImmediate().then(() => {
      since = performance.now()
    })
  }
}

/** Between two long pieces of work: other work runs now. */
export const pause = (): Promise<void> => setImmediate()
