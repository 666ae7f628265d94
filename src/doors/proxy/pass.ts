/** What is allowed goes to the rule's upstream, over the client that can carry it. */
import type { Allow } from '../../model/decision.ts'
import type { UpstreamConnections } from '../../outbound/upstreams.ts'
import { forward } from './forward.ts'
import { invite, type Judged } from './incoming.ts'
import { type OutgoingOptions, outgoingOf, withBody } from './outgoing.ts'
import { forwardUpgrade, forwardWithTrailers, type TunnelOptions } from './tunnel.ts'
import { withheldBy } from './withheld.ts'

export interface PassOptions extends OutgoingOptions, Pick<TunnelOptions, 'tls' | 'writeTimeout'> {
  readonly connections: UpstreamConnections
  /** The most bytes of a body that is passed on; 0: any. */
  readonly requestBytes: number
  readonly onUpstreamFailure: (problem: UpstreamProblem) => void
}

/** Why an allowed request got no answer, or no whole answer, of its upstream. */
export interface UpstreamProblem {
  readonly rule: string
  readonly upstream: string
  readonly error: Error
}

export function pass(judged: Judged, decision: Allow, options: PassOptions): void {
  const { incoming, response, upgrade } = judged
  const { rule, upstream } = decision
  if (response.destroyed) return
  const onFailure = (error: Error): void =>
    options.onUpstreamFailure({ rule, upstream: upstream?.url ?? '', error })
  const sending = { ...options, onFailure }
  const outgoing = outgoingOf(judged, decision, options)
  if (outgoing === undefined) {
    onFailure(new Error('the URL of the upstream is neither http nor https'))
    response.writeHead(502, ['Content-Length', '0']).end()
  } else if (upgrade !== undefined) {
    forwardUpgrade(outgoing, response, { ...sending, upgrade })
  } else if (incoming.headers.trailer !== undefined && judged.body !== undefined) {
    invite(judged)
    forwardWithTrailers(outgoing, response, {
      ...sending,
      incoming,
      withheld: withheldBy(decision),
    })
  } else {
    forward(withBody(outgoing, judged, options.requestBytes), response, sending)
  }
}
