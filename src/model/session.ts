import type { JsonObject } from '../lib/json.ts'
import type { HeaderMap } from './headers.ts'

/** The URL a request was matched with: Go's `url.URL`, as templates and hydrators see it. Byte strings. */
export interface MatchUrl {
  readonly scheme: string
  readonly host: string
  /** Decoded and cleaned. */
  readonly path: string
  /** The encoded original path, when its encoding differs from the default one of the original; else empty. */
  readonly rawPath: string
  readonly rawQuery: string
  /** A `?` without a query. */
  readonly forceQuery: boolean
}

/** What the match found; every part is computed when it is first read. */
export interface MatchContext {
  readonly regexpCaptureGroups: readonly string[]
  readonly url: MatchUrl
  readonly method: string
  /** The request's headers by canonical name, Host absent. */
  readonly header: HeaderMap
  /** What the route says about the check (Envoy's context_extensions); no client can. Empty at other doors. */
  readonly contextExtensions: ReadonlyMap<string, string>
}

/** Where the credential that was used was read from. */
export interface CredentialSource {
  readonly in: 'header' | 'cookie' | 'query'
  readonly name: string
}

/** Who is calling and what the upstream will be told. A step returns a new one. `null` and empty print differently. */
export interface Session {
  readonly kind: 'session'
  readonly subject: string
  readonly extra: JsonObject | null
  readonly headers: HeaderMap | null
  /** Those of `headers` that are the request's own (noop): only the decision API sends them. */
  readonly echoed?: HeaderMap | undefined
  readonly matchContext: MatchContext
  readonly credential?: CredentialSource | undefined
}

/** The session with some fields replaced; the match context stays the same object, still unread. */
export const withSession = (
  session: Session,
  changes: Partial<Omit<Session, 'kind'>>,
): Session => ({
  kind: 'session',
  subject: changes.subject ?? session.subject,
  extra: changes.extra === undefined ? session.extra : changes.extra,
  headers: changes.headers === undefined ? session.headers : changes.headers,
  echoed: changes.echoed ?? session.echoed,
  matchContext: changes.matchContext ?? session.matchContext,
  credential: changes.credential ?? session.credential,
})

const none: readonly (readonly [string, readonly string[]])[] = []

/** The headers that a step set, without those that are merely the request's own. */
export function ownHeaders(
  session: Session,
): Iterable<readonly [name: string, values: readonly string[]]> {
  const { headers, echoed } = session
  if (headers === null) return none
  if (echoed === undefined) return headers
  return [...headers].filter(([name, values]) => echoed.get(name) !== values)
}
