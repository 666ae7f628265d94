import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Facts } from '../http/facts.ts'
import type { ClientUpgrade } from './exchange-state.ts'
import type { KeptBody } from './kept-body.ts'
import type { Reading } from './read.ts'

/** One request and where its answer goes. */
export interface Incoming {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly facts: Facts
  readonly upgrade?: ClientUpgrade | undefined
  /** Node's parser has let go of the connection: a body would never be seen. */
  readonly isDetached?: true
}

export interface Judged extends Incoming {
  readonly body: KeptBody | undefined
  readonly reading: Reading
}

/** `Expect: 100-continue`: the client waits with its body until somebody wants it. */
export function invite({ incoming, response }: Incoming): void {
  if (incoming.headers.expect !== undefined && !response.headersSent) response.writeContinue()
}
