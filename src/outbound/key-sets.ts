import type { KeyObject } from 'node:crypto'

/** One usable public (or shared) key of a set. */
export interface VerificationKey {
  readonly kid: string
  readonly kty: 'RSA' | 'EC' | 'OKP' | 'oct'
  readonly crv?: string
  readonly key: KeyObject
}

/** Fetches, keeps and refreshes JSON Web Key Sets, for every handler that needs keys. */
export interface KeySets {
  /** Keys of that id in these sets, in the order of the URLs. Fetches when needed; rejects never: a set that cannot be had contributes none. */
  find(
    urls: readonly string[],
    kid: string,
    signal?: AbortSignal,
  ): Promise<readonly VerificationKey[]>
  /** Grows whenever any set changed: what was made with the keys of an older generation is not used any more. */
  generation(): number
  close(): void
}
