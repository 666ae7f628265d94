/** Writes the answers of an HTTP door to the access log. */
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
  /** Also log health probes. */
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
        const request = requestOf(response)
        const own = { incoming, response, peer, took }
        if (request === undefined)
          log.record(exchangeWithoutRequest(own, { method, target, scheme }))
        else log.record(exchangeOf(request, own))
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

/** The request that the decision is about, like Oathkeeper logs it. */
const exchangeOf = (request: AccessRequest, { incoming, response, peer, took }: Own): Exchange => ({
  remote: request.client.address ?? peer,
  method: request.method,
  scheme: request.scheme,
  host: request.host,
  path: request.path,
  query: request.query,
  headers: incoming.rawHeaders,
  status: statusOf(response),
  answer: headOf(response),
  took,
  decisionId: request.id,
  trace: carriedBy(request.headers),
})

interface Line {
  readonly method: string
  readonly target: string
  readonly scheme: string
}

function exchangeWithoutRequest(own: Own, { method, target, scheme }: Line): Exchange {
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

/**
 * For HTTP/1 Node keeps the sent head as text; headers that were passed as a list are not stored elsewhere. For HTTP/2
 * it keeps the headers, and `_header` is true.
 */
function headOf(response: ServerResponse): string {
  const { _header: head } = response as unknown as { readonly _header?: string | boolean | null }
  if (typeof head === 'string') return head
  if (!response.headersSent) return ''
  const lines = Object.entries(response.getHeaders()).flatMap(([name, values]) =>
    name.startsWith(':') ? [] : [values ?? []].flat().map(value => `${name}: ${value}\r\n`),
  )
  return `HTTP/2 ${response.statusCode}\r\n${lines.join('')}`
}
