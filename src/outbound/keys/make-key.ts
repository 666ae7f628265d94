import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK } from 'jose'

/** A new private (or shared) key of that algorithm and size, without `kid`, `alg` and `use`. */
export async function makeKey(alg: string, bits: number): Promise<JWK> {
  if (alg.startsWith('HS')) return { kty: 'oct', k: randomBytes(bits / 8).toString('base64url') }
  const modulus = /^[RP]S/.test(alg) ? { modulusLength: bits } : {}
  const { privateKey } = await generateKeyPair(alg, { extractable: true, ...modulus })
  return exportJWK(privateKey)
}
