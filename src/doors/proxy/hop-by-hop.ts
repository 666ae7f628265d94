import { forEachHeader } from '../../lib/header-pairs.ts'

/** Headers of one connection (RFC 9110 §7.6.1), and others that a proxy never passes on. Lower case. */
export const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

const connection = 'connection'

/** Further hop-by-hop names, listed in `Connection`; undefined: none. `flat`: `[name, value, …]`. */
export function connectionNames(flat: readonly string[]): ReadonlySet<string> | undefined {
  let names: Set<string> | undefined
  forEachHeader(flat, (name, value) => {
    if (name.length !== connection.length || name.toLowerCase() !== connection) return
    names ??= new Set()
    for (const token of value.toLowerCase().split(',')) names.add(token.trim())
  })
  return names
}
