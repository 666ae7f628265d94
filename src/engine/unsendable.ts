import { isHeaderValue } from '../lib/header-name.ts'
import { type Failure, failure } from '../model/failure.ts'
import type { Session } from '../model/session.ts'

/**
 * A line break in a header value would split the header, and other control characters cannot be written at
 * every door: the request is denied, whoever made the value.
 */
export function unsendable({ headers }: Session): Failure | undefined {
  if (headers === null) return undefined
  for (const [name, values] of headers) {
    if (!values.every(isHeaderValue)) return splitting(name)
  }
  return undefined
}

const splitting = (name: string): Failure =>
  failure('internal_server_error', {
    message: `the value of header ${name} has a control character`,
  })
