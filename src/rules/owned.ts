import { canonicalHeaderName } from '../lib/header-name.ts'
import type { Changes } from '../model/decision.ts'
import { noHeaders } from '../model/headers.ts'
import type { Session } from '../model/session.ts'

const noQueryChanges = { set: new Map<string, string>(), remove: [] } as const

/**
 * What an allow of this rule changes besides the session's headers. Every name that the rule's handlers
 * can set is either set or removed, and its underscore spelling, which CGI-like upstreams take for the
 * same header, is always removed.
 */
export function createChanges(
  ruleId: string,
  owns: readonly string[],
): (session: Session) => Changes {
  const owned = [...new Set(owns.map(canonicalHeaderName))]
  const twins = owned
    .filter(name => name.includes('-'))
    .map(underscored)
    .filter(twin => !owned.includes(twin))
  return session => ({
    remove: namesToRemove(session, owned, twins),
    response: noHeaders,
    query: noQueryChanges,
    metadata: { rule: ruleId, subject: session.subject },
  })
}

const underscored = (name: string): string => canonicalHeaderName(name.replaceAll('-', '_'))

/** A copy of the client's own header, which noop sends back, does not count as set. */
function isSet({ headers, echoed }: Session, name: string): boolean {
  const values = headers?.get(name)
  return values !== undefined && values !== echoed?.get(name)
}

function namesToRemove(
  session: Session,
  owned: readonly string[],
  twins: readonly string[],
): readonly string[] {
  let missing: string[] | undefined
  for (const name of owned) {
    if (isSet(session, name)) continue
    missing ??= [...twins]
    missing.push(name)
  }
  return missing ?? twins
}
