import type { JsonObject, JsonValue } from '../lib/json.ts'

/** A rule as written: all strings are byte strings, known keys in their proper case, unknown keys removed. */
export interface RuleDefinition {
  readonly id: string
  readonly version: string
  readonly description: string
  readonly match: UrlMatch | RpcMatch | null
  readonly authenticators: readonly HandlerReference[] | null
  readonly authorizer: HandlerReference
  readonly mutators: readonly HandlerReference[] | null
  readonly errors: readonly HandlerReference[] | null
  readonly upstream: UpstreamDefinition
  /** Why the rule could not be read as written. Such a rule denies every request that it matches. */
  readonly problem?: string
}

export interface UrlMatch {
  readonly kind: 'url'
  readonly methods: readonly string[] | null
  readonly url: string
}

/** The gRPC form: looked up as `rpc://{authority}/{full_method}`. */
export interface RpcMatch {
  readonly kind: 'rpc'
  readonly authority: string
  readonly fullMethod: string
  readonly allowHttpGet: boolean
}

export interface HandlerReference {
  readonly handler: string
  readonly config: JsonValue
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
  mutators: rule.mutators?.map(referenceJson) ?? null,
  errors: rule.errors?.map(referenceJson) ?? null,
  upstream: {
    preserve_host: rule.upstream.preserveHost,
    strip_path: rule.upstream.stripPath,
    url: rule.upstream.url,
  },
})

const referenceJson = ({ handler, config }: HandlerReference): JsonObject => ({ handler, config })

function matchJson(match: RuleDefinition['match']): JsonObject | null {
  if (match === null) return null
  if (match.kind === 'url') return { methods: match.methods, url: match.url }
  const { authority, fullMethod, allowHttpGet } = match
  return {
    authority,
    full_method: fullMethod,
    ...(allowHttpGet ? { allow_http_get: true } : {}),
  }
}
