import type { KeyObject } from 'node:crypto'
import type { JsonObject } from '../../lib/json.ts'
import type { Signal } from '../../lib/signal.ts'

export type KeyType = 'RSA' | 'EC' | 'OKP' | 'oct'

/** One usable public (or shared) key of a set. */
export interface VerificationKey {
  /** A byte string, never empty. */
  readonly kid: string
  readonly kty: KeyType
  readonly crv?: string
  readonly key: KeyObject
  /** Whether its set still has it and may still be used. Asking starts a refresh that is due; what was made with a key ends with it. */
  live(): boolean
}

/** A token whose signature was right, and what its claims say. Shared by requests: what a session gets of it, `extra`, is frozen. */
export interface VerifiedToken {
  readonly algorithm: string
  readonly key: VerificationKey
  /** As the token has them. */
  readonly claims: JsonObject
  /** The same with the scopes as a list in `scp`. */
  readonly extra: JsonObject
  readonly scopes: readonly string[]
}

/** The request that waits: its `signal` ends the waiting, never the fetch. Read only when there is something to wait for. */
export interface Waiting {
  readonly signal: Signal
}

/** The keys behind a list of locations. Equal lists share one ring. */
export interface KeyRing {
  /**
   * Keys of that id, in the order of the locations. Fetches what was never fetched, and again when no set
   * has the id, within the bounds; never rejects: a set that cannot be had contributes none.
   * Synchronous when nothing is to be waited for.
   */
  find(
    kid: string,
    waiting: Waiting,
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]>
  /** For when the keys that `find` gave do not fit: those of sets that were not at hand. undefined: all were. */
  findMore(kid: string, waiting: Waiting): Promise<readonly VerificationKey[]> | undefined
  /** The token as it was verified before, if its key still lives. */
  recall(token: string): VerifiedToken | undefined
  /** Keeps a verified token, within the memory that all rings share. */
  remember(token: string, verified: VerifiedToken): void
}

export interface SigningKey {
  readonly kind: 'signing_key'
  readonly kid: string
  readonly algorithm: string
  /** Of the key itself: another key of the same id has another. */
  readonly thumbprint: string
  /** A JSON Web Token with these claims. */
  sign(claims: JsonObject): Promise<string>
}

export interface SigningProblem {
  readonly kind: 'signing_problem'
  readonly message: string
}

/** What is wrong with a key set. `location` has no credentials in it. */
export interface KeySetProblem {
  readonly location: string
  readonly problem: string
}

/** What happens to a key set's source. Times in milliseconds since the epoch. */
export type KeySetNews =
  | {
      /** It could not be had; the earlier set, if there is one, is used meanwhile. */
      readonly kind: 'failed'
      readonly problem: string
      readonly since: number
      readonly used: { readonly fetched: number; readonly until: number } | undefined
    }
  | { readonly kind: 'recovered'; readonly since: number }
  /** One key of it is left out. */
  | { readonly kind: 'skipped'; readonly problem: string }

/** The same with the set's location, without credentials, and what it is for. */
export type KeySetReport = KeySetNews & {
  readonly location: string
  readonly use: 'verify' | 'sign'
}

/** How a set stands. `location` has no credentials in it. */
export interface KeySetState {
  readonly location: string
  /** Milliseconds since its source last gave it; undefined: there is none. */
  readonly age: number | undefined
  /** The source could not be had when it was last asked. */
  readonly failing: boolean
}

export interface SigningSet {
  /** Synchronous when nothing is to be waited for. undefined: there is no set that may be used now. */
  key(waiting: Waiting): SigningFound | Promise<SigningFound>
  /** The public halves of all its keys; shared keys have none. undefined: there is no set. */
  publicKeys(waiting: Waiting): Promise<readonly JsonObject[] | undefined>
  state(): Omit<KeySetState, 'location'>
  close(): void
}

export type SigningFound = SigningKey | SigningProblem | undefined

/** Fetches, keeps and refreshes JSON Web Key Sets, for every handler that needs keys. */
export interface KeySets {
  /** Fetches nothing yet. */
  open(locations: readonly string[]): KeyRing
  /** A set with private keys. Fetches nothing yet; equal locations share one set. */
  openSigning(location: string): SigningSet
  /**
   * The public halves of all keys of sets that sign, each once, in the order of the locations. A set that
   * cannot be had contributes none; undefined: none could be had.
   */
  publicKeys(
    locations: readonly string[],
    waiting: Waiting,
  ): Promise<readonly JsonObject[] | undefined>
  /** Reads the opened sets of this machine (`file:`, `inline:`), and says what is wrong with them. Never rejects. */
  check(): Promise<readonly KeySetProblem[]>
  /** Of all sets that were opened. */
  states(): readonly KeySetState[]
  close(): void
}
