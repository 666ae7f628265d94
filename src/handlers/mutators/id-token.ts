/**
 * id_token: sends the upstream a signed token that identifies the caller.
 *
 * Takes       `jwks_url`, a key set with a private key, and `claims`: a template for a JSON object.
 * Gives       Session.headers with `Authorization: Bearer <JSON Web Token>`; `exp`, `iat`, `nbf`, `iss`, `jti` and
 *             `sub` are always set by Oarlock, whatever the claims contain.
 * Fails with  internal_server_error when the claims are not an object or no key can sign.
 * Owns        Authorization.
 *
 * A token is reused for the same claims until a tenth of its lifetime is left, or its key is removed.
 */
import { randomUUID } from 'node:crypto'
import type { FromSchema } from 'json-schema-to-ts'
import { durationPattern, parseDuration } from '../../lib/duration.ts'
import { isJsonObject, type JsonObject, tryJson } from '../../lib/json.ts'
import { type Failure, failure, message } from '../../model/failure.ts'
import { type Session, withSession } from '../../model/session.ts'
import { cacheKey } from '../../outbound/cache.ts'
import type { SigningKey } from '../../outbound/key-sets.ts'
import type { Kind, Step } from '../kind.ts'
import { adviseOnJson } from '../quoted-template.ts'
import { compileField } from '../templates.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['issuer_url', 'jwks_url'],
  properties: {
    issuer_url: { type: 'string', description: 'The `iss` of the tokens.' },
    jwks_url: { type: 'string', format: 'uri', description: 'The key set that signs them.' },
    ttl: {
      type: 'string',
      pattern: durationPattern,
      default: '15m',
      description: 'How long a token is valid.',
    },
    claims: { type: 'string', description: 'A template for a JSON object of claims.' },
  },
} as const

type Config = FromSchema<typeof schema>

/** The fraction of its lifetime in which a token is reused. */
const reused = 0.9

export const idToken: Kind<Config, Step> = {
  schema,
  asksOutside: true,
  templates: ['claims'],
  owns: () => ['Authorization'],
  signsWith: config => config.jwks_url,
  advice: ({ claims = '' }) => adviseOnJson('claims', claims),
  create: (config, { cache, keySets, now, templateSettings }) => {
    const keys = keySets.openSigning(config.jwks_url)
    const ttl = parseDuration(config.ttl)
    const render = compileField('claims', config.claims ?? '{}', templateSettings)
    const identity = cacheKey('id_token', config.issuer_url, ttl, config.jwks_url)

    async function fresh(key: SigningKey, session: Session, own: JsonObject): Promise<string> {
      const issued = Math.floor(now() / 1000)
      return key.sign({
        ...own,
        exp: issued + Math.floor(ttl / 1000),
        iat: issued,
        nbf: issued,
        iss: config.issuer_url,
        jti: randomUUID(),
        sub: session.subject,
      })
    }

    async function signed(key: SigningKey, session: Session, claims: string) {
      const own = claimsOf(claims)
      if ('kind' in own && own.kind === 'failure') return own as unknown as Failure
      const name = identity + cacheKey(key.kid, key.thumbprint, session.subject, claims)
      const known = await cache.get(name)
      if (typeof known === 'string') return withToken(session, known)
      const token = await fresh(key, session, own as JsonObject)
      cache.set(name, token, ttl * reused)
      return withToken(session, token)
    }

    return async (session, request) => {
      const claims = render(session)
      if (typeof claims !== 'string') return claims
      const key = await keys.key(request)
      if (key === undefined) return noSet
      return key.kind === 'signing_key' ? signed(key, session, claims) : internalError(key.message)
    }
  },
}

const withToken = (session: Session, token: string): Session =>
  withSession(session, {
    headers: new Map(session.headers).set('Authorization', [`Bearer ${token}`]),
  })

function claimsOf(text: string): JsonObject | Failure {
  const parsed = tryJson(text)
  return isJsonObject(parsed) ? parsed : internalError('the claims are not a JSON object')
}

const internalError = (text: string): Failure => failure('internal_server_error', { message: text })

const noSet = failure('internal_server_error', {
  message: message.internal,
  reason: 'None of the provided URLs returned a valid JSON Web Key Set.',
})
