import type { Config } from '../../config/config.ts'
import { createPathReader } from '../../doors/request/path-reader.ts'
import { createTrust, privateNetworks } from '../../doors/request/trust.ts'
import { parseDuration } from '../../lib/duration.ts'
import type { ExplainedDoor, OfflineDoor } from './contract.ts'
import { createDecisions } from './decisions.ts'
import { createGrpc } from './grpc.ts'
import { createProxy } from './proxy.ts'

export type OfflineDoors = Readonly<Record<ExplainedDoor, OfflineDoor>>

/** The doors as the configuration has them. */
export function createDoors({ serve, limits }: Config): OfflineDoors {
  const { api, grpc, proxy } = serve
  const paths = createPathReader(serve.paths)
  const decisionTimeout = parseDuration(limits.decision.timeout)
  const shared = { paths, decisionTimeout, pathBytes: limits.path.bytes }
  const bodyBytes = limits.body.bytes
  return {
    grpc: createGrpc({
      paths,
      decisionTimeout,
      trust: createTrust(grpc.trusted_proxies ?? privateNetworks),
      limits: { pathBytes: limits.path.bytes, headerBytes: limits.headers.bytes, bodyBytes },
    }),
    decisions: createDecisions({
      ...shared,
      bodyBytes,
      forwarded: api.forwarded,
      authRequest: api.auth_request,
      trust: createTrust(api.trusted_proxies ?? privateNetworks),
    }),
    proxy: createProxy({
      ...shared,
      bodyBytes,
      trust: createTrust(proxy.trust_forwarded_headers ? proxy.trusted_proxies : []),
    }),
  }
}
