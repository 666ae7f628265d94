import { canonicalHeaderName, foldedName, isHeaderName } from '../lib/header-name.ts'
import { namesInQuery } from '../lib/query.ts'
import { createMemory } from '../lib/remember.ts'
import type { Changes } from '../model/decision.ts'
import { type Headers, noHeaders } from '../model/headers.ts'
import type { Session } from '../model/session.ts'

export type ComputeChanges = (session: Session, headers: Headers, query: string) => Changes

/**
 * Computes what an allow changes besides the session's headers. Every header name that the rule's handlers can set is
 * either set or removed. From the request's headers, every spelling that an upstream may confuse with such a name is
 * removed: with another character, except a letter or digit, in place of a dash. The underscore spelling is always removed, because the
 * request may also have headers that the door does not see.
 */
export function createChanges(
  ruleId: string,
  owns: readonly string[],
  removedParameters: readonly string[],
): ComputeChanges {
  const rule = remember(JSON.stringify(owns), () => ownedOf(owns))
  const parameters = new Set(removedParameters)
  return (session, headers, query) => {
    const owned = withSet(rule, session)
    return {
      remove: namesToRemove(session, owned, headers),
      owned: owned.folds,
      response: noHeaders,
      query:
        parameters.size === 0 ? noQueryChanges : { set, remove: namesInQuery(query, parameters) },
      metadata: { rule: ruleId, subject: session.subject },
    }
  }
}

const set: ReadonlyMap<string, string> = new Map()
const noQueryChanges = { set, remove: [] } as const
const remember = createMemory<Owned>()

function ownedOf(owns: readonly string[]): Owned {
  const names = new Set(owns.map(canonicalHeaderName))
  const folds = new Set([...names].map(foldedName))
  const twins = new Set([...names].filter(name => name.includes('-')).map(underscored))
  for (const name of names) twins.delete(name)
  return { names, folds, twins }
}

const nothing: readonly string[] = []

interface Owned {
  /** Canonical names. */
  readonly names: ReadonlySet<string>
  readonly folds: ReadonlySet<string>
  /** Underscore spellings that are not owned names themselves. */
  readonly twins: ReadonlySet<string>
}

const underscored = (name: string): string => canonicalHeaderName(name.replaceAll('-', '_'))

/** Adds the names that were set but that no handler declared: a hydrator may set any name. */
function withSet(owned: Owned, session: Session): Owned {
  const { headers } = session
  if (headers === null) return owned
  let names: Set<string> | undefined
  for (const name of headers.keys()) {
    if (owned.names.has(name) || !isSet(session, name)) continue
    names ??= new Set(owned.names)
    names.add(name)
  }
  return names === undefined
    ? owned
    : { names, folds: new Set([...names].map(foldedName)), twins: owned.twins }
}

/** False for a copy of the client's own header, which `noop` sends back. */
function isSet({ headers, echoed }: Session, name: string): boolean {
  const values = headers?.get(name)
  return values !== undefined && values !== echoed?.get(name)
}

function namesToRemove(session: Session, owned: Owned, headers: Headers): readonly string[] {
  if (owned.names.size === 0) return nothing
  const removed = new Set(owned.twins)
  for (const name of owned.names) if (!isSet(session, name)) removed.add(name)
  const other = headers.namesWhere(name => owned.folds.has(foldedName(name)))
  for (const sent of other) {
    const name = canonicalHeaderName(sent)
    if (!owned.names.has(name) && isHeaderName(name)) removed.add(name)
  }
  return [...removed]
}
