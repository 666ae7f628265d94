/** Pools of HTTP/1.1 connections to upstreams. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'

/** Milliseconds after which an unused connection is closed: shorter than most servers keep theirs. */
const idle = 4000

export const kept = {
  keepAlive: true,
  maxFreeSockets: 256,
  scheduling: 'lifo',
  timeout: idle,
} as const

export type Tls = (() => SecureContext) | undefined

export const createPlainPool = (): HttpAgent => watchUnused(new HttpAgent(kept))

export const createSecurePool = (tls: Tls): HttpAgent =>
  watchUnused(new HttpsAgent({ ...kept, ...(tls && { secureContext: tls() }) }))

/**
 * Closes an unused connection after a while, and immediately when the upstream sends data on it: the next request
 * could read that data as its answer.
 */
export function watchUnused(agent: HttpAgent): HttpAgent {
  const keep = agent.keepSocketAlive.bind(agent) as (socket: Duplex) => unknown
  const unsolicited = function destroy(this: Socket): void {
    this.destroy()
  }
  agent.keepSocketAlive = socket => {
    const connection = socket as Socket
    if (keep(connection) === false || connection.readableLength > 0) return false as never
    connection.on('data', unsolicited)
    return true as never
  }
  const reuse = agent.reuseSocket.bind(agent)
  agent.reuseSocket = (socket, request) => {
    const connection = socket as Socket
    connection.removeListener('data', unsolicited)
    connection.setTimeout(0)
    reuse(socket, request)
  }
  return agent
}
