import type { IncomingMessage } from 'node:http'
import { type Cors, withCors } from '../doors/cors.ts'
import { behindPrefix } from '../doors/decisions/read.ts'
import type { RequestListener } from '../doors/listener.ts'
import type { Trust } from '../doors/trust.ts'

interface ApiDoors {
  readonly decisions: RequestListener
  readonly admin: RequestListener
}

const isDecision = ({ url = '' }: IncomingMessage): boolean => behindPrefix(url) !== undefined

/** The routes of the API port. `/decisions` is answered before Express sees the request: it would cost more than the decision. */
export const routeApi =
  ({ decisions, admin }: ApiDoors): RequestListener =>
  (incoming, response) => {
    const door = isDecision(incoming) ? decisions : admin
    door(incoming, response)
  }

/**
 * The same behind CORS. A proxy that asks about a browser's pre-flight is not answered like a browser: it
 * would take the 204 for the rules' consent.
 */
export const withApiCors = (cors: Cors, trust: Trust, listener: RequestListener): RequestListener =>
  withCors(
    cors,
    listener,
    incoming => isDecision(incoming) && asksForOthers(incoming) && trust(peerOf(incoming)),
  )

const peerOf = ({ socket }: IncomingMessage): string | undefined => socket.remoteAddress

const asksForOthers = ({ headers }: IncomingMessage): boolean =>
  headers['x-forwarded-method'] !== undefined ||
  headers['x-original-method'] !== undefined ||
  headers['x-envoy-expected-rq-timeout-ms'] !== undefined
