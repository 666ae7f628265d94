/** A key set that signs: finds the signing key, and the public keys for verification. */
import { createSecretKey, KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { CompactSign } from 'jose/jws/compact/sign'
import { importJWK } from 'jose/key/import'
import { encodeJson, isJsonObject, type JsonObject, tryJson } from '../../lib/json.ts'
import { type After, waitFor } from '../timing.ts'
import type { KeySetEvent, SigningKey, SigningProblem, SigningSet, Waiting } from './contract.ts'
import { importKey } from './import-key.ts'
import { notAKeySet } from './parse-key-set.ts'
import { createRefreshed } from './refreshed.ts'
import type { Load } from './source.ts'

export interface SigningOptions {
  readonly load: Load
  readonly ttl: number
  readonly maxWait: number
  readonly cooldown: number
  readonly now: () => number
  readonly after: After
  readonly onEvent: (event: KeySetEvent) => void
}

interface Parsed {
  readonly signs: SigningKey | SigningProblem
  readonly publicKeys: readonly JsonObject[]
}

export function createSigningSet(options: SigningOptions): SigningSet {
  const { maxWait } = options
  const set = createRefreshed({ ...options, parse, fetchTimeout: maxWait })
  async function wait({ signal }: Waiting): Promise<Parsed | undefined> {
    const work = set.fetch()
    if (work !== undefined) await waitFor(work, maxWait, signal)
    return set.current()
  }
  return {
    key: waiting => {
      const known = set.current()
      return known === undefined ? wait(waiting).then(parsed => parsed?.signs) : known.signs
    },
    publicKeys: async waiting => (set.current() ?? (await wait(waiting)))?.publicKeys,
    state: () => ({ age: set.age(), failing: set.failing() }),
    close: set.close,
  }
}

async function parse(text: string): Promise<Parsed | string> {
  const keys = entriesOf(text)
  if (keys === undefined) return notAKeySet
  const halves = await Promise.all(keys.map(publicHalf))
  return { signs: await firstSigner(keys), publicKeys: halves.flat() }
}

function entriesOf(text: string): readonly JsonObject[] | undefined {
  const set = tryJson(text)
  const keys = isJsonObject(set) ? set['keys'] : undefined
  return Array.isArray(keys) ? keys.filter(isJsonObject) : undefined
}

const algorithms = /^(?:(?:HS|RS|PS|ES)(?:256|384|512)|EdDSA)$/

const textOf = (key: JsonObject, name: string): string => {
  const value = key[name]
  return typeof value === 'string' ? value : ''
}

const isPrivate = (key: JsonObject): boolean => textOf(key, key['kty'] === 'oct' ? 'k' : 'd') !== ''

/** The signing key of a set (`text` is a byte string): its first suitable key, or the first with that id. */
export async function signerOf(text: string, kid?: string): Promise<SigningKey | SigningProblem> {
  const keys = entriesOf(text)
  if (keys === undefined) return problem(notAKeySet)
  return firstSigner(kid === undefined ? keys : keys.filter(key => key['kid'] === kid))
}

/** The first private key with a supported `alg` and a `kid`. */
async function firstSigner(keys: readonly JsonObject[]): Promise<SigningKey | SigningProblem> {
  const candidates = keys.filter(key => isPrivate(key) && textOf(key, 'kid') !== '')
  const fitting = candidates.find(key => algorithms.test(textOf(key, 'alg')))
  if (fitting !== undefined) return toSigningKey(fitting, keys)
  const [first] = candidates
  return first === undefined
    ? problem('credentials: no suitable key could be found')
    : problem(
        `credentials: signing key "${textOf(first, 'kid')}" declares unsupported algorithm "${textOf(first, 'alg')}"`,
      )
}

const problem = (message: string): SigningProblem => ({ kind: 'signing_problem', message })

async function toSigningKey(
  key: JsonObject,
  keys: readonly JsonObject[],
): Promise<SigningKey | SigningProblem> {
  const algorithm = textOf(key, 'alg')
  // The set may contain the public key under another id, which verifiers use.
  const pair = keys.find(other => !isPrivate(other) && isHalfOf(other, key))
  const kid = (pair && textOf(pair, 'kid')) || textOf(key, 'kid')
  try {
    const imported = await importJWK(key as JWK, algorithm, { extractable: true })
    const secret =
      imported instanceof Uint8Array ? createSecretKey(imported) : KeyObject.from(imported)
    return {
      kind: 'signing_key',
      kid,
      algorithm,
      thumbprint: await calculateJwkThumbprint(key as JWK),
      sign: (claims, type = 'JWT') => sign(claims, { kid, algorithm, secret, type }),
    }
  } catch (error) {
    return problem(`credentials: signing key "${kid}" cannot be used: ${(error as Error).message}`)
  }
}

const isHalfOf = (half: JsonObject, key: JsonObject): boolean =>
  key['kty'] !== 'oct' &&
  ['kty', 'crv', 'n', 'x', 'y'].every(name => textOf(half, name) === textOf(key, name))

interface Signing {
  readonly kid: string
  readonly algorithm: string
  readonly secret: KeyObject
  readonly type: string
}

const sign = (claims: JsonObject, { kid, algorithm, secret, type }: Signing): Promise<string> =>
  new CompactSign(Buffer.from(encodeJson(claims), 'latin1'))
    .setProtectedHeader({ alg: algorithm, kid, typ: type })
    .sign(secret)

const publicMembers = [
  'use',
  'kty',
  'kid',
  'crv',
  'alg',
  'n',
  'e',
  'x',
  'y',
  'x5c',
  'x5u',
  'x5t',
  'x5t#S256',
]

/** The public members of a key; empty for shared and unusable keys. */
async function publicHalf(key: JsonObject): Promise<readonly JsonObject[]> {
  const imported = await importKey(key)
  if (imported.kind === 'unusable' || imported.kty === 'oct') return []
  const members = publicMembers.flatMap(name => {
    const value = key[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return [Object.fromEntries(members)]
}
