/**
 * Checks by gRPC libraries themselves, without Envoy between (gRFC A92, "xDS ExtAuthz"): the method is POST, the
 * path the full method, and there is neither scheme nor host. Envoy always names both.
 */
import type { WireHttp } from './decode.ts'
import { pairsOf } from './headers.ts'

/** What gRPC rules are looked up with, as if the library had named it. */
export const libraryScheme = 'rpc'

export const isLibraryCall = ({ scheme, host, method }: WireHttp): boolean =>
  scheme === '' && host === '' && method === 'POST'

/** Some libraries name the authority among the headers, some nowhere. */
export function authorityOf(http: WireHttp): string {
  const pair = pairsOf(http).find(({ key }) => key === ':authority')
  return pair === undefined ? '' : pair.raw_value || pair.value
}
