import { errorText, type Log } from '../../observability/log.ts'

/** Logs bugs that the doors report. */
export const bugLog =
  (log: Log) =>
  (bug: unknown): void =>
    log.error('A request failed because of a bug', { cause: errorText(bug) })
