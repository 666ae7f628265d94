import { setImmediate } from 'node:timers/promises'

/**
 * For long loops: awaiting the returned function yields to the event loop once `milliseconds` have passed, so
 * that requests are answered while thousands of rules compile.
 */
export function createYielder(milliseconds = 3): () => Promise<void> | undefined {
  let since = performance.now()
  return () => {
    if (performance.now() - since < milliseconds) return undefined
    return setImmediate().then(() => {
      since = performance.now()
    })
  }
}

/** Yields to the event loop once. */
export const pause = (): Promise<void> => setImmediate()
