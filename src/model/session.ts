import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { NameTest } from '../lib/name-patterns.ts'
import { type HeaderMap, noHeaders } from './headers.ts'
import type { Client } from './request.ts'

/** The URL a request was matched with: Go's `url.URL`, as templates and hydrators see it. Byte strings. */
export interface MatchUrl {
  readonly scheme: string
  readonly host: string
  /** As it is matched: decoded and cleaned. */
  readonly path: string
  /** `slashes` when `path` has `%2F` or `%5C` as escapes (`serve.paths.encoded_slash: keep`). */
  readonly pathEscapes?: 'slashes' | undefined
  /** The encoded path as sent, when its encoding differs from Go's default encoding; otherwise empty. */
  readonly rawPath: string
  readonly rawQuery: string
  /** True for a `?` without a query. */
  readonly forceQuery: boolean
}

/** The result of matching; every part is computed when it is first read. */
export interface MatchContext {
  readonly regexpCaptureGroups: readonly string[]
  /** The id of the rule. */
  readonly rule: string
  /** The captures that have a name. */
  readonly namedCaptures: ReadonlyMap<string, string>
  readonly url: MatchUrl
  readonly method: string
  /** The request's headers by canonical name, Host absent. */
  readonly header: HeaderMap
  /** Envoy's context_extensions: set by the route, never by the client. Empty at other doors. */
  readonly contextExtensions: ReadonlyMap<string, string>
  /** Who sent the request, as far as the calling proxy is trusted. */
  readonly client: Client
  /** Envoy's filter metadata by namespace. Empty at other doors. */
  readonly metadata: JsonObject
  /** The parsed body of a rule with `body`, once it was read; undefined: there is none. */
  readonly body: JsonValue | undefined
}

/** Where the used credential was read from. */
export interface CredentialSource {
  readonly in: 'header' | 'cookie' | 'query' | 'websocket_protocol'
  readonly name: string
}

/** Headers that must not reach the upstream unless a later mutator sets them. */
export interface RemovedHeaders {
  /** Canonical names, which are removed even where a door does not see them. */
  readonly names: readonly string[]
  /** Gets a folded name (`foldedName`) of the request. */
  readonly matches: NameTest
}

/** Changes of the query. Names and values are decoded. */
export interface QueryEdits {
  readonly set: ReadonlyMap<string, string>
  readonly removes: readonly NameTest[]
}

/** What mutators change besides the headers that they set for the upstream. */
export interface Edits {
  /** Headers of the answer to the client, by canonical name. */
  readonly response: HeaderMap
  readonly query: QueryEdits
  readonly headers: readonly RemovedHeaders[]
  /** Cookies of the request that must not reach the upstream. */
  readonly cookies: readonly NameTest[]
}

/** The caller, and the headers for the upstream. Each step returns a new session. `null` and empty print differently. */
export interface Session {
  readonly kind: 'session'
  readonly subject: string
  readonly extra: JsonObject | null
  readonly headers: HeaderMap | null
  /** Those of `headers` that are the request's own (noop): only the decision API sends them. */
  readonly echoed?: HeaderMap | undefined
  readonly matchContext: MatchContext
  readonly credential?: CredentialSource | undefined
  /** Missing until a mutator needs it, so that other rules do not pay for it. */
  readonly edits?: Edits
}

/** A copy with some fields replaced; the match context stays the same object and is not computed. */
export function withSession(session: Session, changes: Partial<Omit<Session, 'kind'>>): Session {
  const next: Session = {
    kind: 'session',
    subject: changes.subject ?? session.subject,
    extra: changes.extra === undefined ? session.extra : changes.extra,
    headers: changes.headers === undefined ? session.headers : changes.headers,
    echoed: changes.echoed ?? session.echoed,
    matchContext: changes.matchContext ?? session.matchContext,
    credential: changes.credential ?? session.credential,
  }
  const edits = changes.edits ?? session.edits
  return edits === undefined ? next : { ...next, edits }
}

const noEdits: Edits = {
  response: noHeaders,
  query: { set: new Map(), removes: [] },
  headers: [],
  cookies: [],
}

/** A copy with some of its edits replaced. */
export const withEdits = (
  session: Session,
  change: (edits: Edits) => Partial<Edits>,
  headers: HeaderMap | null = session.headers,
): Session => {
  const edits = session.edits ?? noEdits
  return withSession(session, { headers, edits: { ...edits, ...change(edits) } })
}

const none: readonly (readonly [string, readonly string[]])[] = []

/** The headers that steps set, without copies of the request's headers. */
export function ownHeaders(
  session: Session,
): Iterable<readonly [name: string, values: readonly string[]]> {
  const { headers, echoed } = session
  if (headers === null) return none
  if (echoed === undefined) return headers
  return [...headers].filter(([name, values]) => echoed.get(name) !== values)
}

/** False for a copy of the client's own header, which `noop` sends back. */
export function isSet({ headers, echoed }: Session, name: string): boolean {
  const values = headers?.get(name)
  return values !== undefined && values !== echoed?.get(name)
}
