/**
 * Encrypts entries for a shared cache. Without the key of an entry, its name and its content reveal nothing, and an
 * entry that was written for another key is rejected.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import type { JsonValue } from '../../lib/json.ts'

/** The name of an entry and its encryption key: the two halves of a digest of the cache key. */
export interface Address {
  readonly name: string
  readonly secret: Buffer
}

/** Change it when entries of older versions can no longer be read. */
const prefix = 'oarlock:1:'
const cipher = 'aes-256-gcm'
const sizes = { half: 32, nonce: 12, tag: 16 }

export function addressOf(key: string): Address {
  const digest = createHash('sha512').update(key).digest()
  return {
    name: prefix + digest.toString('base64url', 0, sizes.half),
    secret: digest.subarray(sizes.half),
  }
}

export function seal({ secret }: Address, value: JsonValue): Buffer {
  const nonce = randomBytes(sizes.nonce)
  const sealing = createCipheriv(cipher, secret, nonce)
  const text = [sealing.update(JSON.stringify(value)), sealing.final()]
  return Buffer.concat([nonce, sealing.getAuthTag(), ...text])
}

/** undefined: the entry was sealed for another address, or is damaged. */
export function unseal({ secret }: Address, sealed: Buffer): JsonValue | undefined {
  const start = sizes.nonce + sizes.tag
  try {
    const opening = createDecipheriv(cipher, secret, sealed.subarray(0, sizes.nonce))
    opening.setAuthTag(sealed.subarray(sizes.nonce, start))
    const text = Buffer.concat([opening.update(sealed.subarray(start)), opening.final()])
    return JSON.parse(text.toString()) as JsonValue
  } catch {
    return undefined
  }
}
