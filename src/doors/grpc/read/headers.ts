/** Reads the request's headers from the header map or list of a CheckRequest. */
import { type Failure, failure } from '../../../model/failure.ts'
import type { WireHttp, WirePair } from './decode.ts'

const authorization = 'authorization'

/** Proxies allow fewer headers; a loop over this many is still cheap. */
const mostHeaders = 4096

/**
 * Returns a flat list `[name, value, …]` without the `:` names: method, path, host and scheme have their own
 * fields. A raw header list is used instead of the map if there is one.
 *
 * Fails with headers_too_large when the headers are longer than `mostBytes` or too many, with bad_request when
 * two Authorization headers differ.
 */
export function flatHeaders(http: WireHttp, mostBytes: number): string[] | Failure {
  const flat: string[] = []
  let bytes = 0
  let credentials: string | undefined
  const pairs = pairsOf(http)
  if (pairs.length > mostHeaders) return headersTooLarge
  for (const pair of pairs) {
    const { key } = pair
    const value = pair.raw_value || pair.value
    bytes += key.length + value.length
    if (key.startsWith(':')) continue
    flat.push(key, value)
    if (!isAuthorization(key)) continue
    credentials ??= value
    if (credentials !== value) return ambiguous
  }
  return bytes > mostBytes ? headersTooLarge : flat
}

export function pairsOf({ headers, header_map }: WireHttp): readonly WirePair[] {
  const raw = header_map?.headers ?? []
  return raw.length > 0 ? raw : headers
}

const isAuthorization = (name: string): boolean =>
  name.length === authorization.length && name.toLowerCase() === authorization

/** Converts context extensions to a map; the last value of a key wins, as in protobuf. */
export const contextOf = (pairs: readonly WirePair[]): ReadonlyMap<string, string> =>
  pairs.length === 0 ? noContext : new Map(pairs.map(({ key, value }) => [key, value]))

const noContext: ReadonlyMap<string, string> = new Map()

const headersTooLarge = failure('headers_too_large', { message: 'The headers are too long' })
const ambiguous = failure('bad_request', { message: 'Several Authorization headers differ' })
