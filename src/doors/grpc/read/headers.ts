/** The header map or list of a CheckRequest to the request's headers. */
import { type Failure, failure } from '../../../model/failure.ts'
import type { WireHttp, WirePair } from './decode.ts'

const authorization = 'authorization'

/** More than any proxy lets through, and few enough that a step over all of them costs nothing. */
const mostHeaders = 4096

/**
 * Gives a flat list `[name, value, …]` without the `:` names: method, path, host and scheme are fields of
 * their own. The raw list, when there is one, counts instead of the map.
 *
 * Fails with headers_too_large when the headers together are too long or too many, with bad_request when two
 * Authorization lines differ.
 */
export function flatHeaders(http: WireHttp, mostBytes: number): string[] | Failure {
  const flat: string[] = []
  let bytes = 0
  let credentials: string | undefined
  const pairs = pairsOf(http)
  if (pairs.length > mostHeaders) return tooLong
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
  return bytes > mostBytes ? tooLong : flat
}

export function pairsOf({ headers, header_map }: WireHttp): readonly WirePair[] {
  const raw = header_map?.headers ?? []
  return raw.length > 0 ? raw : headers
}

const isAuthorization = (name: string): boolean =>
  name.length === authorization.length && name.toLowerCase() === authorization

/** A context extension list to a map; of a key given twice the last counts, as in protobuf. */
export const contextOf = (pairs: readonly WirePair[]): ReadonlyMap<string, string> =>
  pairs.length === 0 ? noContext : new Map(pairs.map(({ key, value }) => [key, value]))

const noContext: ReadonlyMap<string, string> = new Map()

const tooLong = failure('headers_too_large', { message: 'The headers are too long' })
const ambiguous = failure('bad_request', { message: 'Several Authorization headers differ' })
