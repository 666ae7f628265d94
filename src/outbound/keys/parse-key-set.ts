/** Parses a JSON Web Key Set to its usable keys by id. */
import { isJsonObject, type JsonObject, type JsonValue, tryJson } from '../../lib/json.ts'
import type { VerificationKey } from './contract.ts'
import { type ImportedKey, importKey } from './import-key.ts'

export type KeysById = ReadonlyMap<string, readonly VerificationKey[]>

export interface ParsedKeySet {
  readonly keys: KeysById
  /** Why keys cannot be used, one line each. */
  readonly skipped: readonly string[]
}

export const notAKeySet = 'found something that is not a JSON Web Key Set'

const largestSet = 1000
/** Maximum of keys with one id: each of them is tried for a token. */
const mostPerId = 8
const noKeys: readonly VerificationKey[] = []

export const keysOf = (keys: KeysById, kid: string): readonly VerificationKey[] =>
  keys.get(kid) ?? noKeys

/** `live` becomes the method `live` of the keys. undefined: the text is not a JSON Web Key Set. */
export async function parseKeySet(
  text: string,
  live: () => boolean,
): Promise<ParsedKeySet | undefined> {
  const entries = entriesOf(text)
  if (entries === undefined) return undefined
  const keys = new Map<string, VerificationKey[]>()
  const skipped: string[] = []
  for (const jwk of entries.slice(0, largestSet)) {
    const kid = idForSignatures(jwk)
    if (kid === undefined) continue
    const made = await importKey(jwk)
    if (made.kind === 'unusable') skipped.push(`${kid.slice(0, 80)}: ${made.reason}`)
    else add(keys, toVerificationKey(kid, made, live))
  }
  if (entries.length > largestSet) skipped.push(`all after the first ${largestSet}`)
  return { keys, skipped }
}

function add(keys: Map<string, VerificationKey[]>, key: VerificationKey): void {
  const same = keys.get(key.kid)
  if (same === undefined) keys.set(key.kid, [key])
  else if (same.length < mostPerId) same.push(key)
}

/** A key without `use` counts as a signature key, because many issuers leave it out. */
function idForSignatures({ kid, use }: JsonObject): string | undefined {
  const forSignatures = use === undefined || use === null || use === 'sig'
  return forSignatures && typeof kid === 'string' && kid !== '' ? kid : undefined
}

function entriesOf(text: string): readonly JsonObject[] | undefined {
  const set = tryJson(text)
  const keys = isJsonObject(set) ? set['keys'] : undefined
  return Array.isArray(keys) ? (keys as readonly JsonValue[]).filter(isJsonObject) : undefined
}

const toVerificationKey = (
  kid: string,
  { kty, crv, key }: ImportedKey,
  live: () => boolean,
): VerificationKey => ({ kid, kty, ...(crv === undefined ? {} : { crv }), key, live })
