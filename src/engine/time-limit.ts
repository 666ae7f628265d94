import { callerHungUp, type Signal } from '../lib/signal.ts'
import { type Failure, failure } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'

const tooLate = failure('gateway_timeout', { message: 'The decision took too long' })
const hungUp = failure('client_closed_request', { message: 'The caller hung up' })

/**
 * Gives the outcome, or a failure as soon as the request's time is over or its caller has disconnected. A
 * handler that ignores the signal cannot delay an answer.
 */
export const withTimeLimit = <T>(
  { signal }: AccessRequest,
  outcome: PromiseLike<T>,
): Promise<T | Failure> => Promise.race([outcome, whenAborted(signal)])

const whenAborted = (signal: Signal): Promise<Failure> =>
  new Promise(resolve => {
    const end = () => resolve(signal.reason === callerHungUp ? hungUp : tooLate)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end)
  })
