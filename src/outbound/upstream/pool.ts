/** Pools of HTTP/1.1 connections to upstreams. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { guarded } from '../../lib/guarded.ts'

/** Milliseconds after which an unused connection is closed: shorter than most servers keep theirs. */
const idle = 4000

const kept = { keepAlive: true, maxFreeSockets: 256, scheduling: 'lifo', timeout: idle } as const

export type Tls = (() => SecureContext) | undefined

export const createPlainPool = (): HttpAgent => watchUnused(new HttpAgent(kept))

export const createSecurePool = (tls: Tls): HttpAgent =>
  watchUnused(new HttpsAgent({ ...kept, ...(tls && { secureContext: tls() }) }))

/** TLS connections in tunnels through an HTTP proxy. If the proxy refuses CONNECT, the request fails. */
export function createTunnelPool(proxy: URL, tls: Tls): HttpAgent {
  const context = tls && { secureContext: tls() }
  const agent = new HttpsProxyAgent(proxy, { ...kept, ...context })
  // The constructor's options are for the proxy, these are for the upstream.
  Object.assign(agent.options, kept, context)
  agent.on(
    'proxyConnect',
    guarded(({ statusCode }, request) => {
      const problem = `the proxy answered CONNECT with ${statusCode}`
      if (statusCode !== 200) request.destroy(new Error(problem))
    }),
  )
  return watchUnused(agent as unknown as HttpAgent)
}

/**
 * Closes an unused connection after a while, and immediately when the upstream sends data on it: the next request
 * could read that data as its answer.
 */
function watchUnused(agent: HttpAgent): HttpAgent {
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
