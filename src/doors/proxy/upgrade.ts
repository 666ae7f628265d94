/** Requests for another protocol on their connection (WebSocket), until they are decided. */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { closeSoon } from '../../lib/close-soon.ts'
import { type Failure, failure } from '../../model/failure.ts'
import { readFacts } from '../http/facts.ts'
import type { RequestListener, UpgradeListener } from '../http/listener.ts'
import type { Incoming } from './incoming.ts'

export interface UpgradeOptions {
  readonly handle: (asked: Incoming) => void
  /** How they are seen from outside: counted and logged. */
  readonly watch?: ((listener: RequestListener) => RequestListener) | undefined
}

/** Handles them like any other request; one for HTTP/2 goes on without the upgrade. */
export function createUpgradeListener({ handle, watch = asItIs }: UpgradeOptions): UpgradeListener {
  return (incoming, socket, head) => {
    const facts = readFacts(incoming.rawHeaders)
    const response = responseOn(incoming, socket)
    const protocol = incoming.headers.upgrade ?? ''
    const upgrade = isSmuggling(protocol) ? undefined : { protocol, socket, head }
    watch(() => handle({ incoming, response, facts, upgrade, isDetached: true }))(
      incoming,
      response,
    )
  }
}

const asItIs = (listener: RequestListener): RequestListener => listener

/** HTTP/2 behind an upgrade would carry further requests past the rules: it is not asked for. */
const isSmuggling = (protocol: string): boolean => /(?:^|[\s,])h2c?(?:$|[\s,])/i.test(protocol)

/** Node has let go of the connection: it ends with this answer, unless it becomes a tunnel. */
function responseOn(incoming: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(incoming)
  response.shouldKeepAlive = false
  response.assignSocket(socket as never)
  response.once('finish', () => closeSoon(socket))
  socket.on('error', () => socket.destroy())
  return response
}

/** Why such a request cannot be decided at all. */
export const unfitForUpgrade = ({ isDetached, facts }: Incoming): Failure | undefined =>
  isDetached && facts.announcesBody ? bodyBeforeUpgrade : undefined

const bodyBeforeUpgrade = failure('bad_request', {
  message: 'a request for another protocol has no body',
  reason: 'a request for another protocol has no body',
})
