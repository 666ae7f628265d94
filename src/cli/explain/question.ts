import type { AskedRequest, WrittenRequest } from '../../explain/asked.ts'
import type { ExplainedDoor } from '../../explain/doors/contract.ts'
import type { JsonObject } from '../../lib/json.ts'

/** What is asked of `explain`. */
export interface Question {
  readonly request: AskedRequest
  /** The same as it was written. */
  readonly written: WrittenRequest
  readonly door: ExplainedDoor
  /** Of the token that is sent; undefined: none is made. */
  readonly claims: JsonObject | undefined
}
