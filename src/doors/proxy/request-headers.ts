/**
 * The headers of a proxied request: what handlers see, and what goes to the upstream. Lists are flat,
 * `[name, value, name, value, …]`, as Node gives them.
 */
import { foldedName, trimBlanks } from '../../lib/header-name.ts'
import type { Allow } from '../../model/decision.ts'
import { ownHeaders } from '../../model/session.ts'
import { isForwardingName } from '../request/forwarding-names.ts'
import { connectionNames, hopByHop } from './hop-by-hop.ts'

/** Written anew for the upstream's own connection. */
const framing = new Set(['host', 'content-length', 'expect'])

/**
 * Without what belongs to the client's connection, and without the forwarding headers of somebody who is
 * not believed: what the rules see and the upstream is told.
 */
export function judgedHeaders(flat: readonly string[], trusted: boolean): readonly string[] {
  const listed = connectionNames(flat)
  const kept: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    const lower = name.toLowerCase()
    // Framing is not the client's to remove.
    const isLeft = framing.has(lower) || !(hopByHop.has(lower) || listed?.has(lower))
    if (isLeft && !isForwarding(lower, trusted)) kept.push(name, flat[i + 1] ?? '')
  }
  return kept
}

/** `Forwarded` never passes, as recorded; of the others nobody's odd spellings do, which some upstreams cannot tell apart. */
function isForwarding(lower: string, trusted: boolean): boolean {
  const folded = foldedName(lower)
  if (!isForwardingName(folded)) return false
  return !trusted || folded !== lower || folded === 'forwarded'
}

export interface Ours {
  readonly host: string
  /** The trace context, by lower-case name. */
  readonly carried: Readonly<Record<string, string>>
}

/** What an allowed request carries: the judged headers, with those of the session in place of the client's. */
export function upstreamHeaders(
  judged: readonly string[],
  decision: Allow,
  { host, carried }: Ours,
): string[] {
  const { own, replaced } = headersOfRule(decision)
  for (const [name, value] of Object.entries(carried)) {
    replaced.add(name)
    own.push(name, value)
  }
  const headers = ['Host', host]
  for (let i = 0; i < judged.length; i += 2) {
    const name = judged[i] ?? ''
    const lower = name.toLowerCase()
    const value = judged[i + 1] ?? ''
    const isLeft = !framing.has(lower) && !replaced.has(lower)
    // An empty User-Agent is none, as recorded.
    if (isLeft && (value !== '' || lower !== 'user-agent')) headers.push(name, value)
  }
  headers.push(...own)
  return headers
}

/** What the rule sets, and the lower-case names that the client's lines must not have. */
function headersOfRule({ session, changes }: Allow) {
  const own: string[] = []
  const replaced = new Set<string>()
  for (const name of changes.remove) replaced.add(name.toLowerCase())
  for (const [name, [value = '']] of ownHeaders(session)) {
    const lower = name.toLowerCase()
    if (!isForUpstream(lower, value)) continue
    replaced.add(lower)
    own.push(name, trimBlanks(value))
  }
  return { own, replaced }
}

/** How the connection to the upstream is used is not a rule's business; that trailers are welcome may be said. */
const isForUpstream = (lower: string, value: string): boolean =>
  lower === 'te' ? value === 'trailers' : !(hopByHop.has(lower) || framing.has(lower))
