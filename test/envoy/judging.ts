/**
 * Envoy listeners of every kind in front of one Oarlock that allows everything and sends the upstream the matched
 * values.
 */
import type { Cleanup } from '../support/cleanup.ts'
import { startOarlock } from '../support/oarlock.ts'
import { type Received, startUpstream, type Upstream } from '../support/upstream.ts'
import { type Edges, normalising, overGrpc, overHttp, startEdges } from './edges.ts'

const config = {
  serve: { api: { forwarded: 'envoy' } },
  authenticators: { anonymous: { enabled: true } },
  authorizers: { allow: { enabled: true } },
  mutators: {
    header: {
      enabled: true,
      config: {
        headers: {
          'X-Judged': '{{ print .MatchContext.URL.Path }}',
          'X-Judged-Host': '{{ printf "%s://%s" .MatchContext.URL.Scheme .MatchContext.URL.Host }}',
        },
      },
    },
  },
}

const rules = [
  {
    id: 'everything',
    match: { url: '<.*>', methods: ['GET', 'PURGE'] },
    authenticators: [{ handler: 'anonymous' }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'header' }],
  },
]

export interface Judging {
  readonly envoy: Edges
  readonly upstream: Upstream
}

const unescaping = { ...normalising, path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD' }
const rejecting = { ...normalising, path_with_escaped_slashes_action: 'REJECT_REQUEST' }
const http = () =>
  overHttp({ response: { allowed_upstream_headers: { patterns: [{ prefix: 'x-judged' }] } } })

export async function startJudging(t: Cleanup): Promise<Judging> {
  const upstream = await startUpstream(t)
  const oarlock = await startOarlock(t, { config, rules })
  const envoy = await startEdges(t, {
    edges: {
      'grpc plain': { authz: overGrpc() },
      'grpc normal': { authz: overGrpc(), connection: normalising },
      'grpc slashes': { authz: overGrpc(), connection: unescaping },
      'grpc rejecting': { authz: overGrpc(), connection: rejecting },
      'grpc edge': { authz: overGrpc(), connection: { use_remote_address: true } },
      'http plain': { authz: http() },
      'http normal': { authz: http(), connection: normalising },
      'http slashes': { authz: http(), connection: unescaping },
      'http rejecting': { authz: http(), connection: rejecting },
      'http edge': { authz: http(), connection: { use_remote_address: true } },
    },
    grpc: oarlock.grpc,
    http: oarlock.api,
    upstream: upstream.port,
  })
  return { envoy, upstream }
}

/** Header values lose spaces at the end; no path in this test ends with one. */
export const judgedPath = (received: Received): string => received.all('x-judged').join('|')
