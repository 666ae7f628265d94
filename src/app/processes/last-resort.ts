/** Handles uncaught exceptions: after one, the state of the process may be inconsistent. */

import type { Config } from '../../config/config.ts'
import { parseDuration } from '../../lib/duration.ts'
import { guarded } from '../../lib/guarded.ts'
import { errorText, type Log } from '../../observability/log.ts'

export interface LastResortOptions {
  readonly log: Log
  /** Stops deciding; requests that are already allowed may finish. */
  readonly end: () => Promise<void>
  /** Milliseconds after which the process exits, even if `end` has not finished. */
  readonly within: number
  readonly exit?: (code: number) => void
}

/**
 * Logs the exception, stops the process and exits with 1, so that a supervisor starts a new one.
 * Returns a function that removes the handler.
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
      log.error('Uncaught exception: the process ends', { cause: errorText(error) })
    })()
    if (!isEnding) void stop()
  }
  process.on('uncaughtException', handle)
  return () => process.removeListener('uncaughtException', handle)
}

export interface ExitOptions extends Pick<LastResortOptions, 'log' | 'exit'> {
  /** Milliseconds. */
  readonly within: number
}

/** Exits if a stop takes longer, and logs what held the process. The timer itself does not hold it. */
export function exitInTime({ log, within, exit = leave }: ExitOptions): void {
  const end = (): void => {
    guarded(() => {
      const held = [...new Set(process.getActiveResourcesInfo?.())]
      log.warn('The stop took too long: the process ends', { held })
    })()
    exit(0)
  }
  setTimeout(end, within).unref()
}

const leave = (code: number): void => process.exit(code)

/** Milliseconds to close connections to services and to write logs, besides the running requests. */
const spare = 5000

/** Milliseconds of them that a stop may take after a signal. */
const spareAtStop = 1000

/** Milliseconds that a stop after a signal may take. */
export const stopTime = ({ serve: { shutdown } }: Config): number =>
  parseDuration(shutdown.drain) + parseDuration(shutdown.timeout) + spareAtStop

/** Milliseconds that a stop without a drain may take. */
export const endTime = ({ serve: { shutdown } }: Config): number =>
  parseDuration(shutdown.timeout) + spare
