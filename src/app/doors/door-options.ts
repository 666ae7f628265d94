import type { Gate } from '../../doors/gate.ts'
import type { Decide } from '../../model/decision.ts'
import type { Failure } from '../../model/failure.ts'
import type { DoorName } from '../../model/request.ts'
import type { Log } from '../../observability/log.ts'

/** What a door needs to know about its port. */
export interface PortFacts {
  readonly scheme: 'http' | 'https'
  readonly onUnixSocket: boolean
}

/** Options of an HTTP door besides the configuration. */
export interface DoorOptions extends PortFacts {
  readonly decide: Decide
  /** Shared by all doors. */
  readonly gate: Gate
  readonly log: Log
  /** Called for a request that a door denied before the decision. */
  readonly onDoorDenial: (door: DoorName, failure: Failure) => void
}
