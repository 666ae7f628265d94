import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Facts } from '../http/facts.ts'
import type { ClientUpgrade } from './exchange-state.ts'
import type { KeptBody } from './kept-body.ts'
import type { Reading } from './read.ts'

/** A request and its response. */
export interface Incoming {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly facts: Facts
  readonly upgrade?: ClientUpgrade | undefined
  /** True: Node's parser no longer reads the connection, so a body cannot be read. */
  readonly isDetached?: true
}

/** A request that was read and allowed. */
export interface AllowedRequest extends Incoming {
  readonly body: KeptBody | undefined
  readonly reading: Reading
}

/** Answers `Expect: 100-continue`: the client waits with its body for it. */
export function sendContinue({ incoming, response }: Incoming): void {
  if (incoming.headers.expect !== undefined && !response.headersSent) response.writeContinue()
}
