/** Sends an allowed request to the rule's upstream. */
import type { Allow } from '../../model/decision.ts'
import type { UpstreamConnections } from '../../outbound/upstream/connections.ts'
import { drain, endAfter } from '../http/drain.ts'
import type { ClientBody } from './body-sender.ts'
import { type ExchangeOptions, exchange } from './exchange.ts'
import type { AllowedRequest } from './incoming.ts'
import { type OutgoingOptions, outgoingOf, trailersOf } from './outgoing.ts'

export interface PassOptions
  extends OutgoingOptions,
    Pick<ExchangeOptions, 'writeTimeout' | 'onBug'> {
  readonly connections: Pick<UpstreamConnections, 'open'>
  /** Largest body of a request, in bytes; 0: no limit. */
  readonly requestBytes: number
  /** Maximum of body bytes that are discarded after an early answer. */
  readonly bodyBytes: number
  readonly onUpstreamFailure: (problem: UpstreamProblem) => void
}

/** Why an allowed request got no complete answer from its upstream. */
export interface UpstreamProblem {
  readonly rule: string
  readonly upstream: string
  readonly error: Error
}

interface Passing extends AllowedRequest, Pick<ExchangeOptions, 'onTunnel' | 'writeBatch'> {}

export function pass(allowed: Passing, decision: Allow, options: PassOptions): void {
  const { incoming, response, upgrade, body, facts, onTunnel, writeBatch } = allowed
  const { rule, upstream } = decision
  if (response.destroyed) return
  const onFailure = (error: Error): void =>
    options.onUpstreamFailure({ rule, upstream: upstream?.url ?? '', error })
  const onEnd = (): void => {
    if (facts.announcesBody) drain(incoming, response, options.bodyBytes)
  }
  const onEarlyAnswer = (): void => endAfter(incoming, response)
  const outgoing = outgoingOf(allowed, decision, options)
  if (outgoing === undefined) {
    onFailure(new Error('the URL of the upstream is neither http nor https'))
    response.writeHead(502, ['Content-Length', '0']).end()
    onEnd()
    return
  }
  const client = {
    response,
    upgrade,
    body: body && clientBody(allowed, decision, options),
    takesInterim: incoming.httpVersion !== '1.0',
  }
  const { open } = options.connections
  const { writeTimeout, onBug } = options
  exchange(outgoing, client, {
    open,
    writeTimeout,
    writeBatch,
    own: decision.changes.response,
    onTunnel,
    onFailure,
    onEarlyAnswer,
    onEnd,
    onBug,
  })
}

function clientBody(
  allowed: AllowedRequest,
  decision: Allow,
  { requestBytes }: PassOptions,
): ClientBody | undefined {
  const { body } = allowed
  return (
    body && {
      next: body.next,
      release: body.release,
      trailers: () => trailersOf(allowed, decision),
      most: requestBytes,
    }
  )
}
