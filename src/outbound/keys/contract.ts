import type { KeyObject } from 'node:crypto'
import type { JsonObject } from '../../lib/json.ts'
import type { Signal } from '../../lib/signal.ts'
import type { IssuerMetadata, MetadataLocation } from './metadata.ts'

export type KeyType = 'RSA' | 'EC' | 'OKP' | 'oct'

/** One usable public (or shared) key of a set. */
export interface VerificationKey {
  /** A byte string, never empty. */
  readonly kid: string
  readonly kty: KeyType
  readonly crv?: string
  readonly key: KeyObject
  /** True while its set has the key and may be used. Starts a refresh when one is due. Data that depends on the key must not be used after it. */
  live(): boolean
}

/** A token with a valid signature. Requests share it, so `extra`, which sessions contain, is frozen. */
export interface VerifiedToken {
  readonly algorithm: string
  readonly key: VerificationKey
  /** The unchanged claims of the token. */
  readonly claims: JsonObject
  /** The claims, with the scopes as a list in `scp`. */
  readonly extra: JsonObject
  readonly scopes: readonly string[]
  /** Its header `typ`, in lower case and without `application/`; empty: there is none. */
  readonly type: string
}

/** The request that waits. Its `signal` ends the wait, but not the fetch; it is read only when there is something to wait for. */
export interface Waiting {
  readonly signal: Signal
}

/** The keys of a list of locations. Equal lists share one ring. */
export interface KeyRing {
  /**
   * Keys with that id, in the order of the locations. Fetches sets that were never fetched, and all sets when none has
   * the id, at most once per cool-down. Never rejects: a set that cannot be fetched contributes no keys. Synchronous
   * when there is nothing to wait for.
   */
  find(
    kid: string,
    waiting: Waiting,
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]>
  /** Call it when no key of `find` verifies the token: fetches sets that `find` did not use. undefined: it used all. */
  findMore(kid: string, waiting: Waiting): Promise<readonly VerificationKey[]> | undefined
  /** True when every set is loaded, so that a key with that id would have been found. */
  isComplete(kid: string): boolean
  /** A token that was verified before, if its key is still `live`. */
  recall(token: string): VerifiedToken | undefined
  /** Caches a verified token, from its second verification on, in the memory that all rings share. */
  remember(token: string, verified: VerifiedToken): void
}

export interface SigningKey {
  readonly kind: 'signing_key'
  readonly kid: string
  readonly algorithm: string
  /** Differs for different keys with the same id. */
  readonly thumbprint: string
  /** A JSON Web Token with these claims. `type`: its header `typ`; default: JWT. */
  sign(claims: JsonObject, type?: string): Promise<string>
}

export interface SigningProblem {
  readonly kind: 'signing_problem'
  readonly message: string
}

/** A problem of a key set. `location` is without credentials. */
export interface KeySetProblem {
  readonly location: string
  readonly problem: string
}

/** Events of a key set. Times in milliseconds since the epoch. */
export type KeySetEvent =
  | {
      /** A fetch failed. `used`: the earlier set that is used meanwhile. */
      readonly kind: 'failed'
      readonly problem: string
      readonly since: number
      readonly used: { readonly fetched: number; readonly until: number } | undefined
    }
  | { readonly kind: 'recovered'; readonly since: number }
  /** One key of the set cannot be used. */
  | { readonly kind: 'skipped'; readonly problem: string }

/** An event with the location of the set, without credentials, and its use. */
export type KeySetReport = KeySetEvent & {
  readonly location: string
  readonly use: KeySetUse
}

/** `issuer`: the metadata of an issuer, which are kept as a key set is. */
export type KeySetUse = 'verify' | 'sign' | 'issuer'

/** An issuer that describes itself at a URL. */
export interface Issuer {
  /** The keys that its metadata name, also after they name others. Without metadata it has none, and is not complete. */
  readonly ring: KeyRing
  /** undefined: no metadata may be used now. Starts a refresh when one is due. */
  current(): IssuerMetadata | undefined
  /** As `current`, but waits for the first ones. Never rejects. Synchronous when there is nothing to wait for. */
  find(waiting: Waiting): IssuerMetadata | undefined | Promise<IssuerMetadata | undefined>
}

/** The state of a set. `location` is without credentials. */
export interface KeySetState {
  readonly location: string
  /** Milliseconds since the set was last fetched; undefined: there is none. */
  readonly age: number | undefined
  /** True when the last fetch failed. */
  readonly failing: boolean
}

export interface SigningSet {
  /** undefined: no set may be used now. Synchronous when there is nothing to wait for. */
  key(waiting: Waiting): SigningFound | Promise<SigningFound>
  /** The public keys of the set; shared keys have none. undefined: there is no set. */
  publicKeys(waiting: Waiting): Promise<readonly JsonObject[] | undefined>
  state(): Omit<KeySetState, 'location'>
  close(): void
}

export type SigningFound = SigningKey | SigningProblem | undefined

/** Fetches, keeps and refreshes JSON Web Key Sets, for every handler that needs keys. */
export interface KeySets {
  /** Fetches nothing yet. */
  open(locations: readonly string[]): KeyRing
  /** Fetches nothing yet; equal locations share one issuer. Throws an Error when the location does not tell the issuer. */
  openIssuer(location: MetadataLocation): Issuer
  /** A set with private keys. Fetches nothing yet; equal locations share one set. */
  openSigning(location: string): SigningSet
  /**
   * The public keys of sets that sign, each once, in the order of the locations. A set that cannot be fetched
   * contributes no keys; undefined: none could be fetched.
   */
  publicKeys(
    locations: readonly string[],
    waiting: Waiting,
  ): Promise<readonly JsonObject[] | undefined>
  /** Checks all opened local sets (`file:`, `inline:`, `base64:`) and returns their problems. Never rejects. */
  check(): Promise<readonly KeySetProblem[]>
  /** The states of all opened sets. */
  states(): readonly KeySetState[]
  close(): void
}
