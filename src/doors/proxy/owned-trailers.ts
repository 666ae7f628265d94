import { foldedName } from '../../lib/header-name.ts'
import type { Allow } from '../../model/decision.ts'
import { isForwardingName } from '../request/forwarding-names.ts'

/** What a trailer must not say: an upstream may take trailers for headers. */
export function withheldBy({ changes }: Allow): (name: string) => boolean {
  const { owned } = changes
  return name => {
    const folded = foldedName(name)
    return owned.has(folded) || isForwardingName(folded) || neverTrailing.has(folded)
  }
}

const neverTrailing = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'forwarded',
  'host',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
