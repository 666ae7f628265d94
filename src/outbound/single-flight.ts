import { TurnoverMap } from '../lib/turnover-map.ts'

/**
 * Merges equal calls that run at the same time: later callers wait for the result of the first.
 *
 * The work must not depend on its caller, because it continues when the caller has disconnected. Results are
 * not kept, so only callers that were waiting share a failure.
 */
export type Join<T> = (key: string, start: () => Promise<T>) => Promise<T>

export function createSingleFlight<T>(): Join<T> {
  const running = new TurnoverMap<string, Promise<T>>()
  return (key, start) => {
    const known = running.get(key)
    if (known !== undefined) return known
    const started = start().finally(() => running.delete(key))
    running.set(key, started)
    return started
  }
}
