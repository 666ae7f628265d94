/** Imports a JSON Web Key for verifying signatures. */
import { createSecretKey, KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { importJWK } from 'jose/key/import'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import type { KeyType } from './contract.ts'

export interface ImportedKey {
  readonly kind: 'key'
  readonly kty: KeyType
  readonly crv?: string
  readonly key: KeyObject
}

/** Why a key cannot be used; the other keys of its set can. */
export interface UnusableKey {
  readonly kind: 'unusable'
  readonly reason: string
}

export async function importKey(jwk: JsonObject): Promise<ImportedKey | UnusableKey> {
  const { kty } = jwk
  const make = typeof kty === 'string' ? makers.get(kty) : undefined
  if (make === undefined) return unusable(`unknown kty ${JSON.stringify(kty ?? null).slice(0, 40)}`)
  try {
    return await make(jwk)
  } catch (error) {
    return unusable((error as Error).message)
  }
}

const unusable = (reason: string): UnusableKey => ({ kind: 'unusable', reason })

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** `jwk` has only public members, so a private key in a set verifies like its public key. */
async function publicKey(jwk: JWK, algorithm: string): Promise<KeyObject> {
  const key = await importJWK(jwk, algorithm)
  return key instanceof Uint8Array ? createSecretKey(key) : KeyObject.from(key)
}

const modulus = { smallest: 2048, largest: 8192, base64: 1400 }

async function rsa(jwk: JsonObject): Promise<ImportedKey | UnusableKey> {
  const n = text(jwk['n'])
  const e = text(jwk['e'])
  if (n.length > modulus.base64 || e.length > 8) return unusable('RSA key is too large')
  const key = await publicKey({ kty: 'RSA', n, e }, 'RS256')
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (bits < modulus.smallest) return unusable(`RSA key of ${bits} bits is too small`)
  if (bits > modulus.largest) return unusable(`RSA key of ${bits} bits is too large`)
  if (exponent < 3n) return unusable('RSA exponent is too small')
  return { kind: 'key', kty: 'RSA', key }
}

const curves = new Map([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
])

async function ec(jwk: JsonObject): Promise<ImportedKey | UnusableKey> {
  const crv = text(jwk['crv'])
  const algorithm = curves.get(crv)
  if (algorithm === undefined) return unusable(`unknown curve "${crv.slice(0, 40)}"`)
  const point = { x: text(jwk['x']), y: text(jwk['y']) }
  return {
    kind: 'key',
    kty: 'EC',
    crv,
    key: await publicKey({ kty: 'EC', crv, ...point }, algorithm),
  }
}

async function okp(jwk: JsonObject): Promise<ImportedKey | UnusableKey> {
  const crv = text(jwk['crv'])
  if (crv !== 'Ed25519') return unusable(`unknown curve "${crv.slice(0, 40)}"`)
  const key = await publicKey({ kty: 'OKP', crv, x: text(jwk['x']) }, 'EdDSA')
  return { kind: 'key', kty: 'OKP', crv, key }
}

/** In bytes. An empty or guessable shared key would let anyone sign. */
const smallestSecret = 16

async function oct(jwk: JsonObject): Promise<ImportedKey | UnusableKey> {
  const secret = Buffer.from(text(jwk['k']), 'base64url')
  if (secret.length < smallestSecret)
    return unusable(`shared key of ${secret.length} bytes is too small`)
  return { kind: 'key', kty: 'oct', key: createSecretKey(secret) }
}

const makers = new Map([
  ['RSA', rsa],
  ['EC', ec],
  ['OKP', okp],
  ['oct', oct],
])
