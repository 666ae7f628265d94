import type { JSONSchema } from 'json-schema-to-ts'
import type { Reply } from '../model/decision.ts'
import type { Failure } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Session } from '../model/session.ts'
import type { Cache } from '../outbound/cache.ts'
import type { Http } from '../outbound/http.ts'
import type { KeySets } from '../outbound/key-sets.ts'

export type Awaitable<T> = T | PromiseLike<T>

/** A handler kind: the config it accepts, the header names it may set, whether it reads the body, and how to make a runnable from it, once per rule, at load. */
export interface Kind<Config, Run> {
  /** The schema of `config`; `default`s are filled in from the global section. */
  readonly schema: JSONSchema
  /** `config` is neither merged nor checked: the original accepts any object here. */
  readonly unchecked?: true
  readonly readsBody?: true
  /** Canonical header names that this handler may set on the upstream request. */
  owns?(config: Config): readonly string[]
  /** Members of `config` that are templates, or hold them; all others are taken as they stand. */
  readonly templates?: readonly string[]
  /** What works with this config and is seldom meant, for `oarlock lint`. */
  advice?(config: Config): readonly string[]
  /** The key set that this handler signs with: the public halves of its keys are published. */
  signsWith?(config: Config): string
  /** Throws an Error with a clear message when the config cannot work (a template's syntax error). */
  create(config: Config, deps: Deps): Run
}

/** Everything a handler may touch outside itself; tests pass their own. */
export interface Deps {
  readonly http: Http
  readonly keySets: KeySets
  readonly cache: Cache
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** How the URL patterns of rules are written (`access_rules.matching_strategy`). */
  readonly strategy: 'regexp' | 'glob'
  /** The most of a request's body that is kept to be sent again, in bytes. */
  readonly bodyBytes: number
  /** Template functions that reach outside and were allowed by name (`templates.allow`). */
  readonly templateFunctions: readonly string[]
}

export const notResponsible = { kind: 'not_responsible' } as const
export type NotResponsible = typeof notResponsible

/** Given the empty session of the match. */
export type Authenticate = (
  session: Session,
  request: AccessRequest,
) => Awaitable<Session | NotResponsible | Failure>

/** Authorizers and mutators alike. */
export type Step = (session: Session, request: AccessRequest) => Awaitable<Session | Failure>

/** Error handlers. */
export type Answer = (failure: Failure, request: AccessRequest) => Reply
