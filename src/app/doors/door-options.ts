import type { Gate } from '../../doors/gate.ts'
import type { Decide } from '../../model/decision.ts'
import type { Failure } from '../../model/failure.ts'
import type { DoorName } from '../../model/request.ts'
import type { Log } from '../../observability/log.ts'

/** What a door has to know of the port that it listens at. */
export interface PortFacts {
  readonly scheme: 'http' | 'https'
  readonly onUnixSocket: boolean
}

/** What an HTTP door is built with besides the configuration. */
export interface DoorOptions extends PortFacts {
  readonly decide: Decide
  /** Of all doors together. */
  readonly gate: Gate
  readonly log: Log
  /** Told of a request that a door denied before a decision was asked for. */
  readonly refused: (door: DoorName, failure: Failure) => void
}
