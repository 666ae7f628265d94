import type { AskedRequest, WrittenRequest } from '../../explain/asked.ts'
import type { ExplainedDoor } from '../../explain/doors/contract.ts'
import type { JsonObject } from '../../lib/json.ts'

/** The question as it is asked. */
export interface Question {
  readonly request: AskedRequest
  readonly written: WrittenRequest
  readonly door: ExplainedDoor
  readonly claims: JsonObject | undefined
}
