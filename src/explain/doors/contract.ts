import type { Decision } from '../../model/decision.ts'
import type { Failure } from '../../model/failure.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { AskedRequest } from '../asked.ts'

export const doorNames = ['grpc', 'decisions', 'proxy'] as const
export type ExplainedDoor = (typeof doorNames)[number]

/** What a door sends, with its functions but without a connection. Names and values are byte strings. */
export interface DoorAnswer {
  /** 200: the request may pass. */
  readonly status: number
  /** For the upstream where the request may pass, for the client where not. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Header names that the caller has to remove, in lower case. */
  readonly removed: readonly string[]
  /** Headers that an allow adds to the answer of the upstream. */
  readonly responseHeaders: readonly (readonly [name: string, value: string])[]
  /** The body of a denial. */
  readonly body: string
  /** The target for the upstream; of the proxy. */
  readonly target?: string
}

/** Reads a request as a door does, and writes its answer. Both without a connection. */
export interface OfflineDoor {
  read(asked: AskedRequest): AccessRequest | Failure
  answer(decision: Decision, request: AccessRequest): DoorAnswer
  /** The answer to a request that the door refuses. */
  refuse(failed: Failure): DoorAnswer
}
