import type { JSONSchema } from 'json-schema-to-ts'
import type { Awaitable } from '../lib/awaitable.ts'
import type { Reply } from '../model/decision.ts'
import type { Failure } from '../model/failure.ts'
import type { ProtectedResources } from '../model/protected-resources.ts'
import type { AccessRequest } from '../model/request.ts'
import type { CredentialSource, Session } from '../model/session.ts'
import type { Cache } from '../outbound/cache.ts'
import type { Http } from '../outbound/http.ts'
import type { KeySets } from '../outbound/key-sets.ts'
import type { TemplateSettings } from './templates.ts'

/** A kind of handler: the config it accepts, the header names it may set, whether it reads the body, and how to compile it. It is compiled at load, once per rule. */
export interface Kind<Config, Run> {
  /** The schema of `config`; `default`s are filled in from the global section. */
  readonly schema: JSONSchema
  /** `config` is neither merged nor checked: Oathkeeper accepts any object here. */
  readonly unchecked?: true
  /** The global section needs no `config`: only what a rule makes of it must be complete. */
  readonly isCompletedByRules?: true
  /** By key: what else of the global config a rule with this key does not take over, because they exclude each other. */
  readonly replaces?: Readonly<Record<string, readonly string[]>>
  /** Its outcome depends on a credential, on a key, or on what a service answers. */
  readonly asksOutside?: true
  /** It reads the body as it was sent. */
  readonly readsBody?: true
  /** Whether this config reads the parsed body. Default: whether one of its templates does. */
  readsParsedBody?(config: Config): boolean
  /** Named captures of the match without which a handler with this config fails. */
  needsCaptures?(config: Config): readonly string[]
  /** Canonical header names that this handler may set on the upstream request. */
  owns?(config: Config): readonly string[]
  /** Canonical names of the headers that a mutator may set in the answer to the client. */
  answers?(config: Config): readonly string[]
  /** What a challenge says about the credentials that an authenticator with this config accepts. */
  challenge?(config: Config): ChallengeParts
  /** Every place from which an authenticator with this config may read its credential; empty: any place. */
  credentials?(config: Config): readonly CredentialSource[]
  /** Members of `config` that are templates, or contain them; all others are used literally. */
  readonly templates?: readonly string[]
  /** Settings of this config that are valid but probably unintended, for `oarlock lint`. */
  advice?(config: Config): readonly Advice[]
  /** The key set that this handler signs with; the public parts of its keys are published. */
  signsWith?(config: Config): string
  /** Throws an Error that names the problem when the config cannot work, such as a syntax error in a template. */
  create(config: Config, deps: Deps): Run
}

/** A setting of a handler that is valid but probably unintended. */
export interface Advice {
  readonly code:
    | 'no-audience'
    | 'no-issuer'
    | 'shared-keys'
    | 'symmetric-key'
    | 'unencoded'
    | 'verdict-in-body'
  /** The member of the config that it is about. */
  readonly key: string
  readonly message: string
}

/** What a handler uses from outside; tests pass their own. */
export interface Deps {
  readonly http: Http
  readonly keySets: KeySets
  readonly cache: Cache
  /** The protected resources of the configuration (`resources`). */
  readonly resources: ProtectedResources
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The syntax of URL patterns in rules (`access_rules.matching_strategy`). */
  readonly strategy: 'regexp' | 'glob'
  /** Compiles a text with `<…>` in that syntax to a test of whole values. Byte strings. Throws an Error that says what is wrong with it. */
  readonly compileText: (source: string) => (value: string) => boolean
  /** The most bytes of a request's body that are kept for a retry. */
  readonly bodyBytes: number
  readonly templateSettings: TemplateSettings
}

/** What a client must know to get in, as the authenticators of a rule say it. */
export interface ChallengeParts {
  readonly realm?: string | undefined
  /** Scopes that a token must have. */
  readonly scopes?: readonly string[]
}

export interface NotResponsible {
  readonly kind: 'not_responsible'
  /** Why an authenticator before refused the credential, if the next one is asked then. */
  readonly refusal?: Failure
}
export const notResponsible: NotResponsible = { kind: 'not_responsible' }

/** Receives the empty session of the match. */
export type Authenticate = (
  session: Session,
  request: AccessRequest,
) => Awaitable<Session | NotResponsible | Failure>

/** Authorizers and mutators. */
export type Step = (session: Session, request: AccessRequest) => Awaitable<Session | Failure>

/** Error handlers. `parts`: of the rule's authenticators; undefined: no rule matched, or they say nothing. */
export type Answer = (failure: Failure, request: AccessRequest, parts?: ChallengeParts) => Reply
