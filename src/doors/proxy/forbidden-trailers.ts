import { foldedName } from '../../lib/header-name.ts'
import type { Allow } from '../../model/decision.ts'
import { isForwardingName } from '../request/forwarding-names.ts'
import { hopByHop } from './hop-by-hop.ts'

/** True for lower-case names that a trailer must not have: an upstream may treat trailers as headers. */
export function forbiddenTrailers({ changes, session }: Allow): (name: string) => boolean {
  const { owned } = changes
  const removed = session.edits?.headers ?? []
  return name => {
    const folded = foldedName(name)
    if (removed.some(({ matches }) => matches(folded))) return true
    return owned.has(folded) || isForwardingName(folded) || neverTrailing.has(folded)
  }
}

/** Headers of the connection, of the body, of credentials, and those that change how a request is handled (RFC 9110 §6.5.1). */
const neverTrailing: ReadonlySet<string> = new Set([
  ...hopByHop,
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'max-forwards',
  'pragma',
  'range',
])
