/** An exception that nothing caught: what the process holds may be half changed. */

import type { Config } from '../config/config.ts'
import { parseDuration } from '../lib/duration.ts'
import { guarded } from '../lib/guarded.ts'
import { errorText, type Log } from '../observability/log.ts'

export interface LastResortOptions {
  readonly log: Log
  /** Decides about nothing more, and lets what is allowed already finish. */
  readonly end: () => Promise<void>
  /** Milliseconds after which the process ends, whatever `end` does. */
  readonly within: number
  readonly exit?: (code: number) => void
}

/**
 * Logs the exception, ends the process in order and exits with 1, so that a supervisor starts a clean one.
 * Returns a function that takes the handler away.
 */
export function onUncaught({ log, end, within, exit = leave }: LastResortOptions): () => void {
  let isEnding = false
  const stop = async (): Promise<void> => {
    isEnding = true
    setTimeout(() => exit(1), within)
    await end().catch(error => log.error('The stop failed', { cause: errorText(error) }))
    exit(1)
  }
  const handle = (error: unknown): void => {
    guarded(() => {
      log.error('An exception that nothing caught: the process ends', { cause: errorText(error) })
    })()
    if (!isEnding) void stop()
  }
  process.on('uncaughtException', handle)
  return () => process.removeListener('uncaughtException', handle)
}

const leave = (code: number): void => process.exit(code)

/** Beside what is under way, connections of other services are closed, and logs written. */
const spare = 5000

/** Milliseconds that an end without a drain may take. */
export const endTime = ({ serve: { shutdown } }: Config): number =>
  parseDuration(shutdown.timeout) + spare
