import { constants, createHmac, createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import type { Context, Jwk } from './context.ts'
import type { Data, DataMap } from './types.ts'

/** A JWT that differs from run to run, in its parts. */
export interface Jwt {
  readonly header: DataMap
  readonly claims: DataMap
  readonly signed: string
  readonly signature: Buffer
}

export const tokenPattern = /eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/

export function readJwt(token: string): Jwt | undefined {
  const [head = '', payload = '', signature = ''] = token.split('.')
  const header = readPart(head)
  const claims = readPart(payload)
  if (header === undefined || claims === undefined) return undefined
  return {
    header,
    claims,
    signed: `${head}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

function readPart(part: string): DataMap | undefined {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Data
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as DataMap)
      : undefined
  } catch {
    return undefined
  }
}

const timed = new Set(['iat', 'exp', 'nbf', 'jti'])
const missing = '<missing>'

/** The comparable parts of a token: times as differences, the signature as valid or not. */
export function describeJwt(context: Context, jwt: Jwt, clean: (value: Data) => Data): DataMap {
  const claims = Object.entries(jwt.claims).filter(([name]) => !timed.has(name))
  return {
    header: pick(jwt.header, ['alg', 'typ', 'kid']),
    claims: clean(Object.fromEntries(claims)),
    ...describeTimes(jwt.claims),
    jti: jwt.claims['jti'] ? 'present' : missing,
    signature: verifyJwt(context.keys, jwt),
  }
}

const pick = (map: DataMap, names: readonly string[]): DataMap =>
  Object.fromEntries(Object.entries(map).filter(([name]) => names.includes(name)))

function describeTimes({ iat, exp, nbf }: DataMap): DataMap {
  if (!isInteger(iat) || !isInteger(exp)) return {}
  return {
    exp_minus_iat: exp - iat,
    iat_is_now: Math.abs(Date.now() / 1000 - iat) < 60,
    nbf_minus_iat: isInteger(nbf) ? nbf - iat : missing,
  }
}

const isInteger = (value: Data | undefined): value is number => Number.isInteger(value)

/** Any key of the data folder may match; keys with the token's `kid` are tried first. */
function verifyJwt(keys: readonly Jwk[], jwt: Jwt): string {
  const named = keys.filter(key => key['kid'] === jwt.header['kid'])
  const valid = [...named, ...keys].some(key => verifies(key, jwt))
  return valid ? 'valid' : 'not verified by any key of the data folder'
}

function verifies(key: Jwk, jwt: Jwt): boolean {
  try {
    return verifyWith(key, String(jwt.header['alg']), jwt)
  } catch {
    return false
  }
}

const families: Readonly<Record<string, string>> = {
  HS: 'oct',
  RS: 'RSA',
  PS: 'RSA',
  ES: 'EC',
  Ed: 'OKP',
}

function verifyWith(key: Jwk, alg: string, { signed, signature }: Jwt): boolean {
  const family = alg.slice(0, 2)
  if (families[family] !== key['kty']) return false
  const hash = `sha${alg.slice(2)}`
  if (family === 'HS') {
    return createHmac(hash, Buffer.from(key['k'] ?? '', 'base64url'))
      .update(signed)
      .digest()
      .equals(signature)
  }
  const publicKey = createPublicKey({ key: publicPart(key), format: 'jwk' })
  const options = { key: publicKey, dsaEncoding: 'ieee-p1363' as const, ...paddingOf(family) }
  return verify(family === 'Ed' ? null : hash, Buffer.from(signed), options, signature)
}

const paddingOf = (family: string) =>
  family === 'PS'
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
    : {}

const publicPart = (key: Jwk): JsonWebKey =>
  Object.fromEntries(
    Object.entries(key).filter(([name]) => ['kty', 'n', 'e', 'crv', 'x', 'y'].includes(name)),
  )
