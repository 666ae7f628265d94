/** Receives requests with `Upgrade` (WebSocket). */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { closeSoon } from '../../lib/close-soon.ts'
import { type Failure, failure } from '../../model/failure.ts'
import { readFacts } from '../http/facts.ts'
import type { RequestListener, UpgradeListener } from '../http/listener.ts'
import type { Incoming } from './incoming.ts'

export interface UpgradeOptions {
  readonly handle: (received: Incoming) => void
  /** Wraps the handling with metrics and logs. */
  readonly watch?: ((listener: RequestListener) => RequestListener) | undefined
}

/** Handles them like other requests; `Upgrade` to HTTP/2 is ignored. */
export function createUpgradeListener({
  handle,
  watch = unchanged,
}: UpgradeOptions): UpgradeListener {
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

const unchanged = (listener: RequestListener): RequestListener => listener

/** HTTP/2 after an upgrade would send further requests that no rule sees, so it is not requested. */
const isSmuggling = (protocol: string): boolean => /(?:^|[\s,])h2c?(?:$|[\s,])/i.test(protocol)

/** Node no longer manages the connection: it ends after this answer, unless it becomes a tunnel. */
function responseOn(incoming: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(incoming)
  response.shouldKeepAlive = false
  response.assignSocket(socket as never)
  response.once('finish', () => closeSoon(socket))
  socket.on('error', () => socket.destroy())
  return response
}

/** Why a request with `Upgrade` cannot be decided; undefined: it can. */
export const upgradeProblem = ({ isDetached, facts }: Incoming): Failure | undefined =>
  isDetached && facts.announcesBody ? bodyBeforeUpgrade : undefined

const bodyBeforeUpgrade = failure('bad_request', {
  message: 'a request with Upgrade must not have a body',
  reason: 'a request with Upgrade must not have a body',
})
