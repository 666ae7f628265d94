import { textOf } from '../lib/bytes.ts'
import type { JsonValue } from '../lib/json.ts'
import { escapePath, unescapePath } from '../lib/url-path.ts'
import type { HeaderMap, Headers } from '../model/headers.ts'
import type { AccessRequest } from '../model/request.ts'
import type { MatchContext, MatchUrl, Session } from '../model/session.ts'

/** What the groups of the pattern that matched have captured, as byte strings. */
export interface MatchCaptures {
  readonly groups: readonly string[]
  readonly named: ReadonlyMap<string, string>
}

/** Called at most once per request. */
export type Captures = (request: AccessRequest) => MatchCaptures

/** The session at the start of the pipeline. Each part of its match context is computed when it is first read. */
export function emptySession(
  { id, captures }: { readonly id: string; readonly captures: Captures },
  request: AccessRequest,
): Session {
  return {
    kind: 'session',
    subject: '',
    extra: null,
    headers: null,
    echoed: undefined,
    matchContext: createMatchContext({ rule: id, captures, request }),
    credential: undefined,
  }
}

interface Matched {
  readonly rule: string
  readonly captures: Captures
  readonly request: AccessRequest
}

interface Unread extends Matched {
  captured: MatchCaptures | undefined
  found: MatchUrl | undefined
  named: HeaderMap | undefined
  parsed: JsonValue | undefined
}

/** Shared by all requests: accessors on each object would create one hidden class per request. */
const onDemand: Omit<MatchContext, 'rule'> & ThisType<Unread> = {
  get regexpCaptureGroups() {
    this.captured ??= this.captures(this.request)
    return this.captured.groups
  },
  get namedCaptures() {
    this.captured ??= this.captures(this.request)
    return this.captured.named
  },
  get url() {
    this.found ??= matchUrl(this.request)
    return this.found
  },
  get method() {
    return this.request.method
  },
  get header() {
    this.named ??= withoutHost(this.request.headers)
    return this.named
  },
  get contextExtensions() {
    return this.request.context
  },
  get client() {
    return this.request.client
  },
  get metadata() {
    return this.request.metadata
  },
  get body() {
    return this.parsed
  },
}

function createMatchContext({ rule, captures, request }: Matched): MatchContext {
  const context: Unread & { readonly __proto__: object } = {
    __proto__: onDemand,
    rule,
    captures,
    request,
    captured: undefined,
    found: undefined,
    named: undefined,
    parsed: undefined,
  }
  return context as unknown as MatchContext
}

/** Adds the parsed body to the match context, which belongs to one request. */
export function keepBody(session: Session, body: JsonValue): Session {
  const context = session.matchContext as unknown as Unread
  context.parsed = body
  return session
}

/** The text that patterns are matched against. */
export const urlText = (scheme: string, { host, path }: AccessRequest): string =>
  textOf(`${scheme}://${host}${path}`)

const matchUrl = (request: AccessRequest): MatchUrl => ({
  scheme: request.scheme,
  host: request.host,
  path: request.path,
  pathEscapes: request.pathEscapes === 'slashes' ? 'slashes' : undefined,
  rawPath: rawPathOf(request.raw.target),
  rawQuery: request.query,
  forceQuery: request.query === '' && request.raw.target.endsWith('?'),
})

/** The encoded path, when it differs from the default encoding of the decoded path; otherwise empty. */
function rawPathOf(target: string): string {
  const path = target.split('?', 1)[0] ?? ''
  const meaning = unescapePath(path)
  return meaning === undefined || escapePath(meaning) === path ? '' : path
}

function withoutHost({ canonical }: Headers): HeaderMap {
  if (!canonical.has('Host')) return canonical
  const map = new Map(canonical)
  map.delete('Host')
  return map
}
