/** Keys and tokens for tests. */
import {
  constants,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto'
import { CompactSign } from 'jose'
import type { KeyRing, SigningSet } from '../../src/outbound/key-sets.ts'

export interface TestKey {
  readonly alg: string
  readonly kid: string
  /** The public half (the secret of an HS key), with `kid` and `use`. */
  readonly jwk: JsonWebKey & { readonly kid: string; readonly use?: string }
  readonly privateKey: KeyObject
}

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

function makePair(alg: string, bits: number) {
  const namedCurve = curves[alg]
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve })
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519')
  return generateKeyPairSync('rsa', { modulusLength: bits })
}

export function makeKey(alg: string, kid: string, bits = 2048): TestKey {
  if (alg.startsWith('HS')) return sharedKey(alg, kid, 64)
  const { publicKey, privateKey } = makePair(alg, bits)
  return { alg, kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' } }
}

export function sharedKey(alg: string, kid: string, bytes: number): TestKey {
  const secret = Buffer.alloc(bytes, `secret of ${kid}`)
  const jwk = { kty: 'oct', k: secret.toString('base64url'), kid, use: 'sig' }
  return { alg, kid, privateKey: createSecretKey(secret), jwk }
}

/** The text of a key set. */
export const keySetOf = (...keys: readonly (TestKey | object)[]): string =>
  JSON.stringify({ keys: keys.map(key => ('jwk' in key ? key.jwk : key)) })

/** A location that needs no server. */
export const inline = (text: string): string => `inline://${Buffer.from(text).toString('base64')}`

export const base64url = (text: string | Buffer): string => Buffer.from(text).toString('base64url')

/** A valid token, made by jose. */
export function makeToken(key: TestKey, claims: object, header: object = {}): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey)
}

export interface RawToken {
  /** Text of the header; by default that of a valid token. */
  readonly header?: string
  /** Text of the payload. */
  readonly payload?: string
  /** Algorithm of the signature; by default the key's. */
  readonly alg?: string
}

/** A correctly signed token with any texts inside: tokens that no library would make. */
export function makeRawToken(key: TestKey, raw: RawToken = {}): string {
  const header = raw.header ?? JSON.stringify({ alg: key.alg, kid: key.kid })
  const signed = `${base64url(header)}.${base64url(raw.payload ?? '{"sub":"alice"}')}`
  return `${signed}.${base64url(signText(key, signed, raw.alg ?? key.alg))}`
}

/** A signature in the form of the algorithm. */
export function signText({ privateKey: key }: TestKey, signed: string, alg: string): Buffer {
  const hash = `sha${alg.slice(2)}`
  const data = Buffer.from(signed)
  if (alg.startsWith('HS')) return createHmac(hash, key).update(data).digest()
  if (alg.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' })
  if (alg === 'EdDSA') return sign(null, data, key)
  if (alg.startsWith('RS')) return sign(hash, data, key)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return sign(hash, data, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST })
}

/** Key sets without keys, for handlers that need none. */
export const noKeys: KeyRing = {
  find: () => [],
  isComplete: () => true,
  findMore: () => undefined,
  recall: () => undefined,
  remember: () => undefined,
}

export const noSigning: SigningSet = {
  key: () => undefined,
  publicKeys: () => Promise.resolve(undefined),
  state: () => ({ age: undefined, failing: false }),
  close: () => undefined,
}
