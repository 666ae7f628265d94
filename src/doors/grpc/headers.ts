/** The header map or list of a CheckRequest to the request's headers. */
import { type Failure, failure } from '../../model/failure.ts'
import type { WireHttp, WirePair } from './decode.ts'

const authorization = 'authorization'

/**
 * Gives a flat list `[name, value, …]` without the `:` names: method, path, host and scheme are fields of
 * their own. The raw list, when there is one, counts instead of the map.
 *
 * Fails with bad_request when the headers together are too long or two Authorization lines differ.
 */
export function flatHeaders(http: WireHttp, mostBytes: number): string[] | Failure {
  const raw = http.header_map?.headers
  const pairs = raw === undefined || raw.length === 0 ? http.headers : raw
  const flat: string[] = []
  let bytes = 0
  for (const { key, value, raw_value } of pairs) {
    bytes += key.length + value.length + raw_value.length
    if (key.startsWith(':')) continue
    flat.push(key, raw_value === '' ? value : raw_value)
  }
  if (bytes > mostBytes) return tooLong
  return credentialsDiffer(flat) ? ambiguous : flat
}

function credentialsDiffer(flat: readonly string[]): boolean {
  let first: string | undefined
  for (let i = 0; i < flat.length; i += 2) {
    if (!isAuthorization(flat[i])) continue
    first ??= flat[i + 1]
    if (first !== flat[i + 1]) return true
  }
  return false
}

const isAuthorization = (name: string | undefined): boolean =>
  name?.length === authorization.length && name.toLowerCase() === authorization

/** A context extension list to a map; of a key given twice the last counts, as in protobuf. */
export const contextOf = (pairs: readonly WirePair[]): ReadonlyMap<string, string> =>
  pairs.length === 0 ? noContext : new Map(pairs.map(({ key, value }) => [key, value]))

const noContext: ReadonlyMap<string, string> = new Map()

const tooLong = failure('bad_request', { message: 'The headers are too long' })
const ambiguous = failure('bad_request', { message: 'Several Authorization headers differ' })
