/** Pools of connections to upstreams through the proxy that `HTTPS_PROXY` names. */
import type { Agent as HttpAgent } from 'node:http'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { guarded } from '../../lib/guarded.ts'
import { kept, type Tls, watchUnused } from './pool.ts'

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
