import type { AskedRequest, WrittenRequest } from '../../explain/asked.ts'
import type { ExplainedDoor } from '../../explain/doors/contract.ts'
import type { LoggedCapsule } from '../../insight/replay/read-capsule.ts'
import type { JsonObject } from '../../lib/json.ts'

/** What is asked of `explain`. */
export interface Question {
  readonly request: AskedRequest
  /** The same as it was written. */
  readonly written: WrittenRequest
  readonly door: ExplainedDoor
  /** Of the token that is sent; undefined: none is made. */
  readonly claims: JsonObject | undefined
  /** Of a decision of the log that is made again; a text says why that is not possible. */
  readonly capsule?: LoggedCapsule | string | undefined
  /** Lines of the log that cannot be read. */
  readonly broken?: readonly string[] | undefined
}
