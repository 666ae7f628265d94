/** Signature algorithms of JSON Web Tokens, on Node's own crypto: verifying takes a quarter of the time of WebCrypto. */
import {
  constants,
  createHmac,
  timingSafeEqual,
  type VerifyKeyObjectInput,
  verify,
} from 'node:crypto'
import type { KeyType, VerificationKey } from '../../../outbound/key-sets.ts'

export interface SignatureAlgorithm {
  readonly kty: KeyType
  readonly crv?: string
  /** The caller has checked that the key fits `kty` and `crv`. */
  verify(key: VerificationKey, signed: Buffer, signature: Buffer): boolean
}

type KeyOptions = Omit<VerifyKeyObjectInput, 'key'>

const rsa = (hash: string, options: KeyOptions): SignatureAlgorithm => ({
  kty: 'RSA',
  verify: ({ key }, signed, signature) => verify(hash, signed, { key, ...options }, signature),
})

const pkcs1 = (hash: string) => rsa(hash, { padding: constants.RSA_PKCS1_PADDING })

const pss = (hash: string) =>
  rsa(hash, {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  })

/** `length` is that of r and s side by side, the only accepted form. */
const ecdsa = (hash: string, crv: string, length: number): SignatureAlgorithm => ({
  kty: 'EC',
  crv,
  verify: ({ key }, signed, signature) =>
    signature.length === length &&
    verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature),
})

const eddsa: SignatureAlgorithm = {
  kty: 'OKP',
  crv: 'Ed25519',
  verify: ({ key }, signed, signature) => verify(null, signed, key, signature),
}

const hmac = (hash: string): SignatureAlgorithm => ({
  kty: 'oct',
  verify: ({ key }, signed, signature) => {
    const expected = createHmac(hash, key).update(signed).digest()
    return expected.length === signature.length && timingSafeEqual(expected, signature)
  },
})

/** Every algorithm that can verify. `none` is not among them. */
export const signatureAlgorithms: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['RS256', pkcs1('sha256')],
  ['RS384', pkcs1('sha384')],
  ['RS512', pkcs1('sha512')],
  ['PS256', pss('sha256')],
  ['PS384', pss('sha384')],
  ['PS512', pss('sha512')],
  ['ES256', ecdsa('sha256', 'P-256', 64)],
  ['ES384', ecdsa('sha384', 'P-384', 96)],
  ['ES512', ecdsa('sha512', 'P-521', 132)],
  ['HS256', hmac('sha256')],
  ['HS384', hmac('sha384')],
  ['HS512', hmac('sha512')],
  ['EdDSA', eddsa],
])

/** The first key that verifies the signature. Keys of another type are not tried. */
export function signerOf(
  algorithm: SignatureAlgorithm,
  keys: readonly VerificationKey[],
  token: { readonly signed: string; readonly signature: Buffer },
): VerificationKey | undefined {
  const signed = Buffer.from(token.signed, 'latin1')
  return keys.find(
    key =>
      key.kty === algorithm.kty &&
      key.crv === algorithm.crv &&
      algorithm.verify(key, signed, token.signature),
  )
}
