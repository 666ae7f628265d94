/** Requests, and the only allow that is right for each. */
import type { JsonWebKey } from 'node:crypto'
import { compactVerify } from 'jose'
import { forged } from '../../bench/started.ts'
import { makeKey, makeToken, type TestKey } from '../../support/keys.ts'

export const host = 'app.example'

/** The key that signs tokens of callers, and the key with which Oarlock signs its own. */
export const issuerKey = makeKey('ES256', 'issuer')
export const ownKey = makeKey('ES256', 'own')

/** A key set with the private half. */
export const privateSet = ({ privateKey, jwk, alg }: TestKey): string => {
  const key: JsonWebKey = privateKey.export({ format: 'jwk' })
  return JSON.stringify({ keys: [{ ...jwk, ...key, alg }] })
}

/** The area is the rule. */
export type Area = 'token' | 'opaque' | 'signed' | 'remote' | 'never'

export interface Question {
  readonly area: Area
  readonly token: string
  /** The caller that the upstream must receive; undefined: the request must be denied. */
  readonly caller: string | undefined
}

const callers = Array.from({ length: 10 }, (_, i) => `caller-${i}`)

/** Good and bad requests of each kind, for each caller. */
export async function makeQuestions(): Promise<readonly Question[]> {
  const all = await Promise.all(
    callers.map(async caller => {
      const token = await makeToken(issuerKey, { sub: caller })
      const outcast = await makeToken(issuerKey, { sub: `outcast-${caller}` })
      return [
        { area: 'token', token, caller },
        { area: 'signed', token, caller },
        { area: 'remote', token, caller },
        { area: 'opaque', token: `good-${caller}`, caller },
        { area: 'token', token: forged(token), caller: undefined },
        { area: 'signed', token: forged(token), caller: undefined },
        { area: 'remote', token: outcast, caller: undefined },
        { area: 'opaque', token: `bad-${caller}`, caller: undefined },
        { area: 'never', token, caller: undefined },
      ] as const satisfies readonly Question[]
    }),
  )
  return all.flat()
}

export type Outcome =
  | { readonly kind: 'allow'; readonly header: (name: string) => string | undefined }
  | { readonly kind: 'deny' }
  /** No answer: the connection broke, or could not be opened. */
  | { readonly kind: 'broken'; readonly what: string }

/** `allowed` and `denied` are right; everything else is returned as a description. */
export async function resultOf({ area, caller }: Question, outcome: Outcome): Promise<string> {
  if (outcome.kind === 'broken') return 'broken'
  if (outcome.kind === 'deny') return 'denied'
  const sent = await identityIn(area, outcome.header)
  return caller !== undefined && sent === caller
    ? 'allowed'
    : `${area}: ${caller} is allowed as ${sent}`
}

function identityIn(area: Area, header: (name: string) => string | undefined) {
  if (area !== 'signed') return header('x-user')
  return subjectOf(header('authorization')?.replace(/^Bearer /, '') ?? '')
}

async function subjectOf(token: string): Promise<string | undefined> {
  try {
    const { payload } = await compactVerify(token, ownPublicKey)
    return JSON.parse(Buffer.from(payload).toString()).sub
  } catch {
    return undefined
  }
}

const ownPublicKey = ownKey.jwk
