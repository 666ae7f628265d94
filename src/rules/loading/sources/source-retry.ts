import type { RetryPolicy } from '../../../outbound/retry.ts'
import type { Reading } from './contract.ts'

/** The longest that one attempt at another machine may take, in milliseconds; as the original. */
export const timeout = 15_000

/** As the original: five attempts, 1, 2, 4 and 8 s between them. */
const patience: RetryPolicy = { attempts: 5, wait: n => 1000 * 2 ** n, retryAfterMost: 8000 }
const once: RetryPolicy = { ...patience, attempts: 1 }

export const policyOf = ({ patient }: Reading): RetryPolicy => (patient ? patience : once)
