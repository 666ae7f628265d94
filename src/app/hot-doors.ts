import type { Config } from '../config/config.ts'
import { createDecisionsDoor, type RequestListener } from '../doors/decisions/door.ts'
import type { Gate } from '../doors/gate.ts'
import { createTrust, privateNetworks, type Trust } from '../doors/trust.ts'
import { parseDuration } from '../lib/duration.ts'
import type { Decide } from '../model/decision.ts'
import type { Log } from '../observability/log.ts'
import { bugLog } from './bug-log.ts'

/** The part of the doors that a changed configuration changes while they are open. */
export interface HotDoors {
  readonly decisions: RequestListener
  readonly grpcTrust: Trust
  /** Goes by this configuration from the next request on. */
  readonly follow: (config: Config) => void
}

export interface HotDoorsOptions {
  readonly decide: Decide
  readonly gate: Gate
  readonly log: Log
}

interface Doors {
  readonly config: Config
  readonly decisions: RequestListener
  readonly grpcTrust: Trust
}

export function createHotDoors(config: Config, options: HotDoorsOptions): HotDoors {
  let current = doorsFor(config, options)
  return {
    decisions: (incoming, response) => current.decisions(incoming, response),
    grpcTrust: address => current.grpcTrust(address),
    follow: next => {
      if (next !== current.config) current = doorsFor(next, options)
    },
  }
}

const doorsFor = (config: Config, options: HotDoorsOptions): Doors => ({
  config,
  decisions: decisionsFor(config, options),
  grpcTrust: createTrust(config.serve.grpc.trusted_proxies ?? privateNetworks),
})

function decisionsFor(
  { serve: { api }, limits }: Config,
  options: HotDoorsOptions,
): RequestListener {
  const { decide, gate, log } = options
  let warned = false
  return createDecisionsDoor({
    decide,
    gate,
    trust: createTrust(api.trusted_proxies ?? privateNetworks),
    scheme: 'http',
    forwarded: api.forwarded,
    authRequest: api.auth_request,
    pathBytes: limits.path.bytes,
    bodyBytes: limits.body.bytes,
    decisionTimeout: parseDuration(limits.decision.timeout),
    onBug: bugLog(log),
    onIgnored: peer => {
      if (!warned) log.warn('Forwarded headers of a peer that is not trusted are ignored', { peer })
      warned = true
    },
  })
}
