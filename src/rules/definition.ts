import type { JsonObject, JsonValue } from '../lib/json.ts'

/** A rule as written: all strings are byte strings, known keys in their proper case, unknown keys removed. */
export interface RuleDefinition {
  readonly id: string
  readonly version: string
  readonly description: string
  readonly match: Match | null
  readonly authenticators: readonly HandlerReference[] | null
  /** Its name is empty in a rule with `authorizers`. */
  readonly authorizer: HandlerReference
  /** In place of `authorizer`: all of them must allow. */
  readonly authorizers?: readonly AuthorizerEntry[]
  readonly mutators: readonly HandlerReference[] | null
  readonly errors: readonly HandlerReference[] | null
  readonly upstream: UpstreamDefinition
  /** The body is read as JSON, so that expressions and templates can read it. */
  readonly body?: BodyDefinition
  /** Why the rule could not be read as written. Such a rule denies every request that it matches. */
  readonly problem?: string
}

export interface BodyDefinition {
  readonly parse: 'json'
  /** The largest body, in bytes. */
  readonly maxBytes: number
}

export type Match = UrlMatch | PartsMatch | RpcMatch | InvalidMatch

/** What a request must have besides its URL and method. */
export interface Narrowing {
  readonly headers?: readonly ValueCondition[]
  readonly query?: readonly ValueCondition[]
  /** Of Envoy's context_extensions. */
  readonly context?: readonly ValueCondition[]
  /** The rule matches only where no other rule does. */
  readonly isDefault?: true
}

/** Every value of that name must be the text, which may have expressions in `<...>`; null: there must be none. */
export type ValueCondition = readonly [name: string, value: string | null]

export interface UrlMatch extends Narrowing {
  readonly kind: 'url'
  readonly methods: readonly string[] | null
  readonly url: string
}

/** Hosts and paths in place of a URL; null: any. */
export interface PartsMatch extends Narrowing {
  readonly kind: 'parts'
  readonly methods: readonly string[] | null
  readonly schemes: readonly string[] | null
  readonly hosts: readonly string[] | null
  readonly paths: readonly string[] | null
}

/** The gRPC form: looked up as `rpc://{authority}/{full_method}`. */
export interface RpcMatch extends Narrowing {
  readonly kind: 'rpc'
  readonly authority: string
  readonly fullMethod: string
  readonly allowHttpGet: boolean
}

/** A match that cannot be used as written: the rule matches nothing, and default rules deny. */
export interface InvalidMatch {
  readonly kind: 'invalid'
  readonly written: JsonObject
  readonly problem: string
}

export interface HandlerReference {
  readonly handler: string
  readonly config: JsonValue
  /** An expression: the handler is skipped where it is false. Not of an authenticator. */
  readonly when?: string
  /** Of an authenticator: whether the next one is asked when this one refuses the credential. Default: `stop`. */
  readonly onFailure?: 'stop' | 'next'
  /** Of an authenticator: the credential that it reads does not reach the upstream. */
  readonly removeCredential?: true
}

/** An authorizer, or several of which one or all must allow. */
export type AuthorizerEntry = HandlerReference | AuthorizerGroup

export interface AuthorizerGroup {
  readonly of: 'any' | 'all'
  readonly when?: string
  readonly entries: readonly AuthorizerEntry[]
}

export interface UpstreamDefinition {
  readonly preserveHost: boolean
  readonly stripPath: string
  readonly url: string
}

/** Oathkeeper's name for the newest rule format, to which it migrates every rule that has a version. */
const newestFormat = 'master'

/** A rule as the API lists it: with Oathkeeper's members in Oathkeeper's order. */
export const ruleJson = (rule: RuleDefinition): JsonObject => ({
  id: rule.id,
  version: rule.version === '' ? '' : newestFormat,
  description: rule.description,
  match: matchJson(rule.match),
  authenticators: rule.authenticators?.map(referenceJson) ?? null,
  authorizer: referenceJson(rule.authorizer),
  ...(rule.authorizers ? { authorizers: rule.authorizers.map(entryJson) } : {}),
  mutators: rule.mutators?.map(referenceJson) ?? null,
  errors: rule.errors?.map(referenceJson) ?? null,
  ...(rule.body ? { body: { parse: rule.body.parse, max_bytes: rule.body.maxBytes } } : {}),
  upstream: {
    preserve_host: rule.upstream.preserveHost,
    strip_path: rule.upstream.stripPath,
    url: rule.upstream.url,
  },
})

const referenceJson = (reference: HandlerReference): JsonObject => {
  const { handler, config, when = null, onFailure = null, removeCredential = null } = reference
  return {
    handler,
    config,
    ...present({ when, on_failure: onFailure, remove_credential: removeCredential }),
  }
}

const entryJson = (entry: AuthorizerEntry): JsonObject =>
  'of' in entry
    ? { [entry.of]: entry.entries.map(entryJson), ...present({ when: entry.when ?? null }) }
    : referenceJson(entry)

function matchJson(match: RuleDefinition['match']): JsonObject | null {
  switch (match?.kind) {
    case undefined:
      return null
    case 'invalid':
      return match.written
    case 'url':
      return { methods: match.methods, url: match.url, ...narrowingJson(match) }
    case 'parts': {
      const { methods, schemes, hosts, paths } = match
      return { methods, ...present({ schemes, hosts, paths }), ...narrowingJson(match) }
    }
    case 'rpc': {
      const { authority, fullMethod, allowHttpGet } = match
      return {
        authority,
        full_method: fullMethod,
        ...(allowHttpGet ? { allow_http_get: true } : {}),
        ...narrowingJson(match),
      }
    }
  }
}

/** The members that are not null. */
const present = (members: Readonly<Record<string, JsonValue>>): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))

const narrowingJson = ({ headers, query, context, isDefault }: Narrowing): JsonObject =>
  present({
    headers: valuesJson(headers),
    query: valuesJson(query),
    context: valuesJson(context),
    default: isDefault ?? null,
  })

const valuesJson = (conditions: readonly ValueCondition[] | undefined): JsonValue =>
  conditions === undefined ? null : Object.fromEntries(conditions)
