import type { Config } from '../../config/config.ts'
import type { Gate } from '../../doors/gate.ts'
import { withCors } from '../../doors/http/cors.ts'
import type { RequestListener } from '../../doors/http/listener.ts'
import { withMetadata } from '../../doors/http/protected-resource.ts'
import { createProxyDoor, type ProxyDoor } from '../../doors/proxy/door.ts'
import type { UpstreamProblem } from '../../doors/proxy/pass.ts'
import { createPathReader } from '../../doors/request/path-reader.ts'
import { createTrust } from '../../doors/request/trust.ts'
import { parseDuration } from '../../lib/duration.ts'
import { createResources } from '../../model/protected-resources.ts'
import type { Log } from '../../observability/log.ts'
import type { UpstreamConnections } from '../../outbound/upstream/connections.ts'
import { bugLog } from './bug-log.ts'
import { corsOf } from './cors.ts'
import type { DoorOptions } from './door-options.ts'

/** Connections to upstreams; they stay open at a reload. */
export interface Upstreams {
  readonly connections: UpstreamConnections
  /** Limits tunnels (upgraded connections); the same number as requests. */
  readonly tunnels: Gate
}

export interface ProxyDoorOptions extends DoorOptions {
  readonly upstreams: Upstreams
  /** Wraps upgrade requests with logs and metrics. */
  readonly watch: (listener: RequestListener) => RequestListener
}

/** The reverse proxy, for one configuration. */
export function createProxyFor(
  { serve: { proxy, paths }, limits, resources }: Config,
  { upstreams, log, onDoorDenial, ...options }: ProxyDoorOptions,
): ProxyDoor {
  const door = createProxyDoor({
    ...options,
    ...upstreams,
    door: 'proxy',
    trust: createTrust(proxy.trust_forwarded_headers ? proxy.trusted_proxies : []),
    appendForwardedFor: proxy.append_forwarded_for,
    paths: createPathReader(paths),
    pathBytes: limits.path.bytes,
    bodyBytes: limits.body.bytes,
    requestBytes: proxy.max_request_bytes,
    decisionTimeout: parseDuration(limits.decision.timeout),
    writeTimeout: parseDuration(proxy.timeout.write),
    onDoorDenial: failure => onDoorDenial('proxy', failure),
    onBug: bugLog(log),
    onUpstreamFailure: upstreamLog(log),
  })
  const cors = corsOf(proxy, log)
  const request = cors ? withCors(cors, door.request) : door.request
  const metadata = {
    resources: createResources(resources),
    anyHost: false,
    bodyBytes: limits.body.bytes,
  }
  return { ...door, request: withMetadata(request, metadata) }
}

const upstreamLog =
  (log: Log) =>
  ({ rule, upstream, error }: UpstreamProblem): void =>
    log.warn('The upstream gave no answer', {
      rule_id: rule,
      upstream,
      reason: error.message,
      code: (error as NodeJS.ErrnoException).code,
    })
