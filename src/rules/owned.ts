import { canonicalHeaderName, foldedName, isHeaderName } from '../lib/header-name.ts'
import type { NameTest } from '../lib/name-patterns.ts'
import { namesInQuery } from '../lib/query.ts'
import { createMemory } from '../lib/remember.ts'
import type { Changes, QueryChanges } from '../model/decision.ts'
import { type Headers, noHeaders } from '../model/headers.ts'
import { isSet, type QueryEdits, type RemovedHeaders, type Session } from '../model/session.ts'

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
  const parameters = removedParameters.length === 0 ? undefined : new Set(removedParameters)
  return (session, headers, query) => {
    const owned = withSet(rule, session)
    const { edits } = session
    return {
      remove: namesToRemove(session, owned, headers),
      owned: owned.folds,
      response: edits === undefined ? noHeaders : edits.response,
      query:
        parameters === undefined && edits === undefined
          ? noQueryChanges
          : queryChanges(query, edits?.query, parameters),
      metadata: { rule: ruleId, subject: session.subject },
    }
  }
}

const set: ReadonlyMap<string, string> = new Map()
const noQueryChanges = { set, remove: [] } as const

/** A parameter that is set replaces those of the client, in every spelling; a credential is removed in any case. */
function queryChanges(
  query: string,
  edits: QueryEdits | undefined,
  credentials: ReadonlySet<string> | undefined,
): QueryChanges {
  const isCredential: NameTest = name => credentials?.has(name) === true
  if (edits === undefined) return { set, remove: namesInQuery(query, isCredential) }
  const kept = [...edits.set].filter(([name]) => !isCredential(name))
  const isMeant: NameTest = name =>
    isCredential(name) || edits.set.has(name) || edits.removes.some(isRemoved => isRemoved(name))
  return { set: new Map(kept), remove: namesInQuery(query, isMeant) }
}

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

function namesToRemove(session: Session, owned: Owned, headers: Headers): readonly string[] {
  const { edits } = session
  if (edits === undefined || edits.headers.length === 0) {
    return owned.names.size === 0 ? nothing : [...ownedToRemove(session, owned, headers)]
  }
  const removed = ownedToRemove(session, owned, headers)
  for (const edit of edits.headers) addRemoved(removed, edit, { session, headers })
  return [...removed]
}

function ownedToRemove(session: Session, owned: Owned, headers: Headers): Set<string> {
  const removed = new Set(owned.twins)
  for (const name of owned.names) if (!isSet(session, name)) removed.add(name)
  const other = headers.namesWhere(name => owned.folds.has(foldedName(name)))
  for (const sent of other) {
    const name = canonicalHeaderName(sent)
    if (!owned.names.has(name) && isHeaderName(name)) removed.add(name)
  }
  return removed
}

interface Allowed {
  readonly session: Session
  readonly headers: Headers
}

/** What was set after the edit stays. */
function addRemoved(
  removed: Set<string>,
  { names, matches }: RemovedHeaders,
  { session, headers }: Allowed,
): void {
  const sent = headers.namesWhere(name => isHeaderName(name) && matches(foldedName(name)))
  const twins = names.filter(name => name.includes('-')).map(underscored)
  for (const name of [...names, ...twins, ...sent.map(canonicalHeaderName)]) {
    if (!isSet(session, name)) removed.add(name)
  }
}
