/** Tells the access log of what an HTTP door answers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { guarded } from '../../lib/guarded.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { AccessLog, Exchange } from '../../observability/access-log.ts'
import { carriedBy } from '../../observability/carried.ts'
import { splitTarget } from '../request/path.ts'
import type { RequestListener } from './listener.ts'
import { isHealthProbe, statusOf } from './measured.ts'
import { requestOf } from './noted-request.ts'

export interface Logging {
  readonly log: AccessLog
  readonly scheme: 'http' | 'https'
  /** Health probes too. */
  readonly probes: boolean
}

export const logged =
  (listener: RequestListener, { log, scheme, probes }: Logging): RequestListener =>
  (incoming, response) => {
    const start = performance.now()
    const { method = '', url: target = '' } = incoming
    const peer = incoming.socket.remoteAddress ?? ''
    response.on(
      'close',
      guarded(() => {
        if (!probes && isHealthProbe(response, target)) return
        const took = performance.now() - start
        const judged = requestOf(response)
        const own = { incoming, response, peer, took }
        if (judged === undefined) log.record(unjudged(own, { method, target, scheme }))
        else log.record(about(judged, own))
      }),
    )
    listener(incoming, response)
  }

interface Own {
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly peer: string
  readonly took: number
}

/** The request that the decision is about, as the original shows it. */
const about = (judged: AccessRequest, { incoming, response, peer, took }: Own): Exchange => ({
  remote: judged.client.address ?? peer,
  method: judged.method,
  scheme: judged.scheme,
  host: judged.host,
  path: judged.path,
  query: judged.query,
  headers: incoming.rawHeaders,
  status: statusOf(response),
  answer: headOf(response),
  took,
  decisionId: judged.id,
  trace: carriedBy(judged.headers),
})

interface Line {
  readonly method: string
  readonly target: string
  readonly scheme: string
}

function unjudged(own: Own, { method, target, scheme }: Line): Exchange {
  const { incoming, response, peer, took } = own
  const { path, query = '' } = splitTarget(target)
  return {
    remote: peer,
    method,
    scheme,
    host: incoming.headers.host ?? '',
    path,
    query,
    headers: incoming.rawHeaders,
    status: statusOf(response),
    answer: headOf(response),
    took,
    decisionId: undefined,
    trace: undefined,
  }
}

/** Node keeps the head that it sent, as text: headers that were given as a list stand nowhere else. */
const headOf = (response: ServerResponse): string =>
  (response as unknown as { readonly _header?: string | null })._header ?? ''
