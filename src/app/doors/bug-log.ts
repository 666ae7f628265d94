import { errorText, type Log } from '../../observability/log.ts'

/** Where the doors report what must not happen. */
export const bugLog =
  (log: Log) =>
  (bug: unknown): void =>
    log.error('A request failed because of a bug', { cause: errorText(bug) })
