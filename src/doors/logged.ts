/** Tells the access log of what an HTTP door answers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccessLog, Exchange } from '../observability/access-log.ts'
import { judgedBy } from './judged.ts'
import { isHealthProbe, statusOf } from './measured.ts'
import { splitTarget } from './path.ts'

type RequestListener = (incoming: IncomingMessage, response: ServerResponse) => void

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
    response.on('close', () => {
      if (!probes && isHealthProbe(response, target)) return
      const own = { method, target, peer, scheme }
      log.record({
        ...whatWasAsked(incoming, response, own),
        headers: incoming.rawHeaders,
        status: statusOf(response),
        answered: headersOf(response),
        took: performance.now() - start,
      })
    })
    listener(incoming, response)
  }

interface Own {
  readonly method: string
  readonly target: string
  readonly peer: string
  readonly scheme: string
}

type Asked = Omit<Exchange, 'headers' | 'status' | 'answered' | 'took'>

/** What was judged, where something was: the original shows the request that a decision is about. */
function whatWasAsked(incoming: IncomingMessage, response: ServerResponse, own: Own): Asked {
  const judged = judgedBy(response)
  const { method, peer, scheme, target } = own
  if (judged === undefined) {
    const { path, query = '' } = splitTarget(target)
    const host = incoming.headers.host ?? ''
    return { remote: peer, method, scheme, host, path, query, ...unknown }
  }
  const { host, path, query, client } = judged
  return {
    remote: client.address ?? peer,
    method: judged.method,
    scheme: judged.scheme,
    host,
    path,
    query,
    decisionId: judged.id,
    trace: undefined,
  }
}

const unknown = { decisionId: undefined, trace: undefined }

/** Node keeps the head that it sent, as text: headers that were given as a list stand nowhere else. */
function headersOf(response: ServerResponse): readonly string[] {
  const { _header: head } = response as unknown as { readonly _header?: string | null }
  if (typeof head !== 'string') return []
  const flat: string[] = []
  for (const line of head.slice(head.indexOf('\r\n') + 2).split('\r\n')) {
    const colon = line.indexOf(': ')
    if (colon > 0) flat.push(line.slice(0, colon), line.slice(colon + 2))
  }
  return flat
}
