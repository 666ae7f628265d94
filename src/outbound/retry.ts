/** Repeats a call that failed with a temporary error. */
import { isTransientStatus } from '../lib/transient-status.ts'
import type { Failure } from '../model/failure.ts'
import type { Http, HttpCall, HttpReply } from './http/call.ts'
import { afterTimer, pause } from './timing.ts'

/** Times in milliseconds. */
export interface RetryPolicy {
  readonly attempts: number
  /** Wait before the next attempt; `attempt` is that of the failed one, counted from 0. */
  readonly wait: (attempt: number) => number
  /** The longest wait that a service may ask for with `Retry-After`. */
  readonly retryAfterMost: number
}

/**
 * Gives       the first reply that is neither 429 nor a temporary 5xx, or the last reply or failure.
 * Ends        immediately when the signal of the call aborts.
 */
export async function sendWithRetry(
  http: Http,
  makeCall: () => HttpCall,
  { attempts, wait, retryAfterMost }: RetryPolicy,
): Promise<HttpReply | Failure> {
  for (let attempt = 0; ; attempt++) {
    const call = makeCall()
    const outcome = await http.send(call)
    const isLast = attempt + 1 >= attempts || call.signal?.aborted
    if (isLast || !isPassing(outcome)) return outcome
    const asked = retryAfter(outcome)
    const left = asked === undefined ? wait(attempt) : Math.min(asked, retryAfterMost)
    await pause(left, afterTimer, call.signal)
    if (call.signal?.aborted) return outcome
  }
}

function isPassing(outcome: HttpReply | Failure): boolean {
  if (outcome.kind === 'failure') return true
  return isTransientStatus(outcome.status)
}

function retryAfter(outcome: HttpReply | Failure): number | undefined {
  if (outcome.kind === 'failure') return undefined
  if (outcome.status !== 429 && outcome.status !== 503) return undefined
  const [seconds] = outcome.headers.get('Retry-After') ?? []
  return seconds !== undefined && /^\d{1,9}$/.test(seconds) ? Number(seconds) * 1000 : undefined
}
