/**
 * Checks that gRPC libraries send without Envoy (gRFC A92, "xDS ExtAuthz"). Their method is POST, their path is the
 * full method, and scheme and host are empty. Envoy always sends both.
 */
import type { WireHttp } from './decode.ts'
import { pairsOf } from './headers.ts'

/** The scheme of gRPC rules; library calls are matched with it. */
export const libraryScheme = 'rpc'

export const isLibraryCall = ({ scheme, host, method }: WireHttp): boolean =>
  scheme === '' && host === '' && method === 'POST'

/** Some libraries send the authority as a header, others do not send it. */
export function authorityOf(http: WireHttp): string {
  const pair = pairsOf(http).find(({ key }) => key === ':authority')
  return pair === undefined ? '' : pair.raw_value || pair.value
}
