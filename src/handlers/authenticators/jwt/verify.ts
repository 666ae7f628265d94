/** Verifies a token that is not in the cache. */

import type { Awaitable } from '../../../lib/awaitable.ts'
import { freezeDeep } from '../../../lib/freeze.ts'
import type { JsonObject } from '../../../lib/json.ts'
import type {
  KeyRing,
  VerificationKey,
  VerifiedToken,
  Waiting,
} from '../../../outbound/key-sets.ts'
import { normaliseScopes } from '../../scopes.ts'
import { type CompactToken, parseCompact, type Unreadable } from './compact.ts'
import { type SignatureAlgorithm, signatureAlgorithms, signerOf } from './signature.ts'

export interface Refused extends Omit<Unreadable, 'kind'> {
  readonly kind: 'refused'
  /** A key set could not be loaded, so that a good token may have been refused. */
  readonly areKeysMissing?: boolean
}

export interface Verified {
  readonly kind: 'verified'
  readonly token: VerifiedToken
}

export interface VerifyOptions {
  readonly ring: KeyRing
  readonly algorithms: ReadonlySet<string>
}

interface Readable {
  readonly kind: 'readable'
  readonly compact: CompactToken
  readonly algorithm: SignatureAlgorithm
  readonly name: string
  readonly kid: string
}

/** Synchronous when the keys are already loaded. */
export function verifyToken(
  text: string,
  waiting: Waiting,
  options: VerifyOptions,
): Awaitable<Verified | Refused> {
  const token = readToken(text, options.algorithms)
  if (token.kind === 'refused') return token
  const found = options.ring.find(token.kid, waiting)
  const concludeWith = (keys: readonly VerificationKey[]) => conclude(token, keys, options.ring)
  if ('then' in found) return found.then(concludeWith)
  const outcome = concludeWith(found)
  if (outcome.kind === 'verified' || found.length === 0) return outcome
  // Another issuer may use the same key id, in a set that was not loaded so far.
  return options.ring.findMore(token.kid, waiting)?.then(concludeWith) ?? outcome
}

const largestKid = 1024

/** Checks everything that needs no key. */
function readToken(text: string, allowed: ReadonlySet<string>): Readable | Refused {
  const compact = parseCompact(text)
  if (compact.kind === 'unreadable') return { ...compact, kind: 'refused' }
  const { header, claims } = compact
  const { alg, kid } = header
  const refuse = (reason: string): Refused => refusalOf(reason, claims)
  const name = typeof alg === 'string' ? alg : ''
  const algorithm = signatureAlgorithms.get(name)
  if (algorithm === undefined)
    return refuse('token is unverifiable: signing method (alg) is unavailable')
  if (!allowed.has(name))
    return refuse(`token signature is invalid: signing method ${name} is not allowed`)
  if (Object.hasOwn(header, 'crit'))
    return refuse('token is unverifiable: crit names unknown extensions')
  if (Object.hasOwn(header, 'b64') && header['b64'] !== true)
    return refuse('token is unverifiable: b64 is not supported')
  if (typeof kid !== 'string' || kid === '' || kid.length > largestKid) {
    return refuse('token is unverifiable: kid is not a usable key id')
  }
  return { kind: 'readable', compact, algorithm, name, kid }
}

function conclude(
  token: Readable,
  keys: readonly VerificationKey[],
  ring: KeyRing,
): Verified | Refused {
  const { compact, algorithm, name, kid } = token
  const key = signerOf(algorithm, keys, compact)
  if (key === undefined) {
    const reason =
      keys.length === 0
        ? 'token is unverifiable: no key has this kid'
        : 'token signature is invalid'
    return { ...refusalOf(reason, compact.claims), areKeysMissing: !ring.isComplete(kid) }
  }
  const { claims, header } = compact
  const { scopes, extra } = normaliseScopes(claims)
  const type = typeof header['typ'] === 'string' ? normaliseType(header['typ']) : ''
  return {
    kind: 'verified',
    token: { algorithm: name, key, claims, extra: freezeDeep(extra), scopes, type },
  }
}

/** Types are compared without case, and `application/` may be left out (RFC 7515 §4.1.9). */
export const normaliseType = (type: string): string =>
  type.toLowerCase().replace(/^application\//, '')

const refusalOf = (reason: string, claims: JsonObject): Refused => ({
  kind: 'refused',
  reason,
  claims,
})
