import type { IncomingMessage } from 'node:http'
import type { Config } from '../../config/config.ts'
import { createDecisionsDoor } from '../../doors/decisions/door.ts'
import { afterPrefix } from '../../doors/decisions/read.ts'
import { type Cors, isPreflight, withCors } from '../../doors/http/cors.ts'
import type { RequestListener } from '../../doors/http/listener.ts'
import { withMetadata } from '../../doors/http/protected-resource.ts'
import { createPathReader } from '../../doors/request/path-reader.ts'
import { peerOf } from '../../doors/request/peer.ts'
import { createTrust, privateNetworks } from '../../doors/request/trust.ts'
import { parseDuration } from '../../lib/duration.ts'
import { createResources } from '../../model/protected-resources.ts'
import { bugLog } from './bug-log.ts'
import { corsOf } from './cors.ts'
import type { DoorOptions } from './door-options.ts'

export interface ApiDoorOptions extends DoorOptions {
  /** The routes other than `/decisions`. */
  readonly admin: RequestListener
}

/** All routes of the API port, for one configuration. */
export function createApiDoor(
  { serve: { api, paths }, limits, resources }: Config,
  options: ApiDoorOptions,
) {
  const { decide, gate, log, admin, scheme, onUnixSocket, onDoorDenial } = options
  const trust = createTrust(api.trusted_proxies ?? privateNetworks)
  let warned = false
  const decisions = createDecisionsDoor({
    decide,
    gate,
    trust,
    scheme,
    onUnixSocket,
    forwarded: api.forwarded,
    authRequest: api.auth_request,
    paths: createPathReader(paths),
    pathBytes: limits.path.bytes,
    bodyBytes: limits.body.bytes,
    decisionTimeout: parseDuration(limits.decision.timeout),
    decisionIdHeader: api.decision_id_header,
    onDoorDenial: failure => onDoorDenial('decisions', failure),
    onBug: bugLog(log),
    onIgnored: peer => {
      if (!warned) log.warn('Forwarded headers of a peer that is not trusted are ignored', { peer })
      warned = true
    },
  })
  const metadata = {
    resources: createResources(resources),
    anyHost: true,
    bodyBytes: limits.body.bytes,
  }
  const door = routeApi({ decisions, admin })
  const cors = corsOf(api, log)
  if (cors === undefined) return withMetadata(door, metadata)
  const isTrusted: Test = incoming => trust(peerOf(incoming, onUnixSocket))
  const crossing = { cors, isTrusted, onDecisions: api.cors_on_decisions }
  return withMetadata(withApiCors(crossing, door), metadata)
}

interface ApiDoors {
  readonly decisions: RequestListener
  readonly admin: RequestListener
}

const isDecision = ({ url = '' }: IncomingMessage): boolean => afterPrefix(url) !== undefined

/** The routes of the API port. `/decisions` does not pass Express, which costs more than the decision. */
export const routeApi =
  ({ decisions, admin }: ApiDoors): RequestListener =>
  (incoming, response) => {
    const door = isDecision(incoming) ? decisions : admin
    door(incoming, response)
  }

interface ApiCors {
  readonly cors: Cors
  readonly isTrusted: Test
  /** `serve.api.cors_on_decisions` */
  readonly onDecisions: boolean
}

/**
 * The same behind CORS. A check about a browser's pre-flight is decided by the rules: the proxy
 * would read a 204 as an allow. Answers to other checks get CORS headers only with `cors_on_decisions`.
 */
const withApiCors = ({ cors, isTrusted, onDecisions }: ApiCors, listener: RequestListener) =>
  withCors(
    cors,
    listener,
    incoming =>
      isDecision(incoming) &&
      asksForOthers(incoming) &&
      isTrusted(incoming) &&
      (!onDecisions || isPreflight(incoming)),
  )

type Test = (incoming: IncomingMessage) => boolean

const asksForOthers = ({ headers }: IncomingMessage): boolean =>
  headers['x-forwarded-method'] !== undefined ||
  headers['x-original-method'] !== undefined ||
  headers['x-envoy-expected-rq-timeout-ms'] !== undefined
