/** Of one connection only (RFC 9110 §7.6.1), with what else never passes a proxy. Lower case. */
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

/** Names that `Connection` adds to them; undefined when there are none. `flat` is `[name, value, …]`. */
export function connectionNames(flat: readonly string[]): ReadonlySet<string> | undefined {
  let names: Set<string> | undefined
  for (let i = 0; i < flat.length; i += 2) {
    const isConnection = flat[i]?.length === 10 && flat[i]?.toLowerCase() === 'connection'
    if (!isConnection) continue
    names ??= new Set()
    for (const token of (flat[i + 1] ?? '').toLowerCase().split(',')) names.add(token.trim())
  }
  return names
}
