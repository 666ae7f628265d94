/** Keys that exist for one run of a command: they sign its tokens, and take the place of the configured key sets. */
import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { bytesOf } from '../../lib/bytes.ts'
import type { JsonObject } from '../../lib/json.ts'
import { createMemory } from '../../lib/remember.ts'
import {
  type Issuer,
  type IssuerMetadata,
  issuersOf,
  type KeyRing,
  type KeySets,
  type KeyType,
  type MetadataLocation,
  type SigningKey,
  type SigningSet,
  signerOf,
  type VerificationKey,
  type VerifiedToken,
} from '../../outbound/key-sets.ts'
import { keySizes } from '../../outbound/keys/key-sizes.ts'
import { makeKey } from '../../outbound/keys/make-key.ts'

export interface TokenHeader {
  readonly algorithm: string
  /** `typ`; default: JWT. */
  readonly type?: string | undefined
}

export interface RunKeys {
  /** Every location has the keys of the run. */
  readonly keySets: KeySets
  /** A JSON Web Token. Rejects with an Error for an algorithm that does not exist. */
  readonly sign: (claims: JsonObject, header: TokenHeader) => Promise<string>
}

interface RunKey {
  readonly signs: SigningKey
  readonly verifies: VerificationKey
}

export function createRunKeys(): RunKeys {
  const made = new Map<string, RunKey>()
  const keyFor = async (algorithm: string): Promise<RunKey> => {
    const known = made.get(algorithm)
    if (known !== undefined) return known
    const key = await createRunKey(algorithm)
    made.set(algorithm, key)
    return key
  }
  const ring = ringOf(made)
  // A signature costs a millisecond, and tests use few different tokens.
  const tokens = createMemory<Promise<string>>()
  return {
    sign: (claims, { algorithm, type }) =>
      tokens(JSON.stringify([algorithm, type, claims]), async () =>
        (await keyFor(algorithm)).signs.sign(claims, type),
      ),
    keySets: {
      open: () => ring,
      openIssuer: location => issuerAt(location, ring),
      openSigning: () => signingSet(async () => (await keyFor(ownAlgorithm)).signs),
      publicKeys: async () => [],
      check: async () => [],
      states: () => [],
      close: () => undefined,
    },
  }
}

/** Tokens that Oarlock itself makes. */
const ownAlgorithm = 'RS256'

async function createRunKey(algorithm: string): Promise<RunKey> {
  const size = keySizes.get(algorithm)
  if (size === undefined)
    throw new Error(
      `found the algorithm ${algorithm}, expected one of ${[...keySizes.keys()].join(', ')}`,
    )
  const kid = `run-${algorithm}`
  const jwk = { use: 'sig', kid, alg: algorithm, ...(await makeKey(algorithm, size.fallback)) }
  const signs = await signerOf(bytesOf(JSON.stringify({ keys: [jwk] })))
  if (signs.kind === 'signing_problem') throw new Error(signs.message)
  const { kty, crv } = jwk as { kty: KeyType; crv?: string }
  const verifies: VerificationKey = {
    kid,
    kty,
    ...(crv === undefined ? {} : { crv }),
    key: verifying(jwk),
    live: () => true,
  }
  return { signs, verifies }
}

const verifying = (jwk: Awaited<ReturnType<typeof makeKey>>): KeyObject =>
  jwk.k === undefined
    ? createPublicKey(createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' }))
    : createSecretKey(Buffer.from(jwk.k, 'base64url'))

type JsonWebKey = import('node:crypto').JsonWebKey

/** Tokens that were verified once; their claims are checked each time. */
const mostTokens = 10_000

function ringOf(made: ReadonlyMap<string, RunKey>): KeyRing {
  const verified = new Map<string, VerifiedToken>()
  return {
    find: kid =>
      [...made.values()]
        .map(({ verifies }) => verifies)
        .filter(key => kid === '' || key.kid === kid),
    findMore: () => undefined,
    isComplete: () => true,
    recall: token => verified.get(token),
    remember: (token, found) => {
      if (verified.size >= mostTokens) verified.clear()
      verified.set(token, found)
    },
  }
}

function issuerAt(location: MetadataLocation, ring: KeyRing): Issuer {
  const [issuer = ''] = issuersOf(location)
  const metadata: IssuerMetadata = { issuer, jwksUri: undefined, introspectionEndpoint: undefined }
  return { ring, current: () => metadata, find: () => metadata }
}

const signingSet = (key: () => Promise<SigningKey>): SigningSet => ({
  key,
  publicKeys: async () => [],
  state: () => ({ age: 0, failing: false }),
  close: () => undefined,
})
