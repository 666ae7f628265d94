import { type Failure, failure } from '../model/failure.ts'
import type { HttpReply } from '../outbound/http.ts'

const passed = [
  'Retry-After',
  'X-Ratelimit-Limit',
  'X-Ratelimit-Remaining',
  'X-Ratelimit-Reset',
  'X-Ratelimit-Type',
]

/** A failure for a service that answered 429: the caller gets 429 with the service's rate-limit headers. */
export const tooManyRequests = ({ headers }: HttpReply): Failure =>
  failure('too_many_requests', {
    message: 'Too many requests',
    headers: new Map(
      passed.flatMap(name => {
        const [value] = headers.get(name) ?? []
        return value === undefined ? [] : [[name, [value]] as const]
      }),
    ),
  })
