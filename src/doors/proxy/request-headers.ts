/**
 * The headers of a proxied request: those that the rules see, and those that the upstream gets. Lists are flat,
 * `[name, value, …]`.
 */
import { foldedName, trimBlanks } from '../../lib/header-name.ts'
import { filterHeaders } from '../../lib/header-pairs.ts'
import type { Allow } from '../../model/decision.ts'
import { ownHeaders } from '../../model/session.ts'
import { isForwardingName } from '../request/forwarding-names.ts'
import { connectionNames, hopByHop } from './hop-by-hop.ts'

/** Set again for the connection to the upstream. */
const framing = new Set(['host', 'content-length', 'expect'])

/**
 * The headers without those of the client's connection, and without the forwarding headers of a peer that is not
 * trusted.
 */
export function headersForRules(flat: readonly string[], trusted: boolean): readonly string[] {
  const listed = connectionNames(flat)
  return filterHeaders(flat, name => {
    const lower = name.toLowerCase()
    const folded = foldedName(lower)
    // Other spellings (`x_forwarded_for`, `Content.Length`) are removed: some upstreams treat them as equal.
    if (folded !== lower && isOfProxy(folded)) return false
    // A client must not remove framing headers with `Connection`.
    const isKept = framing.has(lower) || !(hopByHop.has(lower) || listed?.has(lower))
    return isKept && !isForwarding(folded, trusted)
  })
}

const isOfProxy = (folded: string): boolean =>
  framing.has(folded) || hopByHop.has(folded) || isForwardingName(folded)

/** `Forwarded` is always removed, like Oathkeeper does. */
const isForwarding = (folded: string, trusted: boolean): boolean =>
  isForwardingName(folded) && (!trusted || folded === 'forwarded')

/** Headers that the proxy sets itself. */
export interface ProxyHeaders {
  readonly host: string
  /** The trace context, by lower-case name. */
  readonly carried: Readonly<Record<string, string>>
}

/** The headers of an allowed request: the received headers, with those of the session instead of the client's. */
export function upstreamHeaders(
  received: readonly string[],
  decision: Allow,
  { host, carried }: ProxyHeaders,
): string[] {
  const { own, replaced } = headersOfRule(decision)
  for (const [name, value] of Object.entries(carried)) {
    replaced.add(name)
    own.push(name, value)
  }
  const kept = filterHeaders(received, (name, value) => {
    const lower = name.toLowerCase()
    const isKept = !framing.has(lower) && !replaced.has(lower)
    // Oathkeeper removes an empty User-Agent.
    return isKept && (value !== '' || lower !== 'user-agent')
  })
  return ['Host', host, ...kept, ...own]
}

/** The headers that the rule sets, and the lower-case names of client headers to remove. */
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

/** A rule must not set headers of the connection, except `TE: trailers`. */
const isForUpstream = (lower: string, value: string): boolean =>
  lower === 'te' ? value === 'trailers' : !(hopByHop.has(lower) || framing.has(lower))
