/**
 * The canonical form of a host: ASCII letters in lower case, without one trailing dot; the port is kept. An empty
 * host stays empty. `undefined`: the host is not valid, answer 400.
 */
import { isUtf8 } from '../../lib/bytes.ts'

const canonical = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::[0-9]*)?$/
const forbidden = /[\0-\x20\x7f,/\\"'`@?#<>^{|}%;]/
const bracketed = /^\[[0-9a-f:.]+\](?::[0-9]*)?$/
const named = /^[^:[\]]*(?::[0-9]*)?$/

export function canonicalHost(raw: string): string | undefined {
  if (canonical.test(raw)) return raw
  if (forbidden.test(raw) || !isUtf8(raw)) return undefined
  const lower = raw.replace(/[A-Z]/g, letter => letter.toLowerCase())
  if (!bracketed.test(lower) && !named.test(lower)) return undefined
  return lower.replace(/\.(?=:[0-9]*$|$)/, '')
}
