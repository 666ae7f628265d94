import type { RetryPolicy } from '../../../outbound/retry.ts'
import type { Reading } from './contract.ts'

/** The time limit of one attempt, in milliseconds; the same as Oathkeeper's. */
export const timeout = 15_000

/** Five attempts with 1, 2, 4 and 8 s between them, as Oathkeeper does. */
const sourceRetry: RetryPolicy = { attempts: 5, wait: n => 1000 * 2 ** n, retryAfterMost: 8000 }
const once: RetryPolicy = { ...sourceRetry, attempts: 1 }

export const policyOf = ({ retry }: Reading): RetryPolicy => (retry ? sourceRetry : once)
