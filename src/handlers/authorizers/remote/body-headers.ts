import { foldedName } from '../../../lib/header-name.ts'
import type { AccessRequest } from '../../../model/request.ts'
import type { OutboundHeaders } from '../../../outbound/http.ts'

/**
 * The headers that say how to read the body. undefined: two servers may read it in two ways, because there are several
 * types, or a name in a spelling that only some of them take for it.
 */
export function bodyHeadersOf({ headers }: AccessRequest): OutboundHeaders | undefined {
  const types = new Set(headers.all('content-type'))
  const isUnclear = types.size > 1 || headers.namesWhere(isOtherSpelling).length > 0
  if (isUnclear) return undefined
  const [type] = types
  // Several lines are one list (RFC 9110 §5.3).
  const codings = headers.all('content-encoding')
  return {
    ...(type && { 'Content-Type': type }),
    ...(codings.length > 0 && { 'Content-Encoding': codings }),
  }
}

function isOtherSpelling(name: string): boolean {
  const lower = name.toLowerCase()
  const folded = foldedName(lower)
  return folded !== lower && (folded === 'content-type' || folded === 'content-encoding')
}
