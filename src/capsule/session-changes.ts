/** What a handler changed of a session. */
import type { JsonValue } from '../lib/json.ts'
import { type HeaderMap, noHeaders } from '../model/headers.ts'
import { isSet, type Session } from '../model/session.ts'
import type { SessionChanges, ValuesByName } from './format.ts'
import type { Hiding } from './hiding.ts'

/** How values are written; what is not shown is null. */
export type Show = Pick<Hiding, 'text' | 'header' | 'json'>

/** undefined: nothing. */
export function changesOf(
  before: Session | undefined,
  after: Session,
  show: Show,
): SessionChanges | undefined {
  const changes = {
    ...(after.subject === (before?.subject ?? '') ? {} : { subject: show.text(after.subject) }),
    ...extraChange(before?.extra ?? null, after.extra, show),
    ...headersChange(before, after, show),
    ...credentialChange(before, after),
    ...editsChange(before, after, show),
  }
  return Object.keys(changes).length === 0 ? undefined : changes
}

function extraChange(before: JsonValue, after: JsonValue, show: Show) {
  if (before === after) return {}
  const { value, isWhole } = show.json(after)
  return isWhole ? { extra: value } : { extra: value, partial: true as const }
}

/** Without copies of the request's own headers. One that a handler sets to the same value is set from then on. */
function headersChange(before: Session | undefined, after: Session, show: Show) {
  const { headers } = after
  const earlier = before?.headers ?? noHeaders
  if (headers === (before?.headers ?? null)) return {}
  if (headers === null) return { headers }
  const wasSame = (name: string, values: readonly string[]): boolean =>
    before !== undefined && isSet(before, name) && areSame(values, earlier.get(name))
  const set = [...headers]
    .filter(([name, values]) => isSet(after, name) && !wasSame(name, values))
    .map(([name, values]) => [name, show.header(name.toLowerCase(), values)] as const)
  const gone = [...earlier.keys()].filter(name => !headers.has(name))
  const changed = [...set, ...gone.map(name => [name, []] as const)]
  return changed.length === 0 ? {} : { headers: Object.fromEntries(changed) }
}

const areSame = (one: readonly string[], other: readonly string[] | undefined): boolean =>
  other !== undefined && one.length === other.length && one.every((value, i) => value === other[i])

function credentialChange(before: Session | undefined, { credential }: Session) {
  return credential === undefined || credential === before?.credential ? {} : { credential }
}

function editsChange(before: Session | undefined, { edits }: Session, show: Show) {
  if (edits === undefined || edits === before?.edits) return {}
  const { response, query } = edits
  const set = [...query.set].map(([name, value]) => [name, show.text(value)] as const)
  return {
    ...(response === before?.edits?.response || response.size === 0
      ? {}
      : { response: valuesByName(response, show) }),
    ...(query.set === before?.edits?.query.set || set.length === 0
      ? {}
      : { query: Object.fromEntries(set) }),
  }
}

export const valuesByName = (headers: HeaderMap, show: Show): ValuesByName =>
  Object.fromEntries(
    [...headers].map(([name, values]) => [name, show.header(name.toLowerCase(), values)] as const),
  )
