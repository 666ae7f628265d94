/**
 * jwt: verifies a JSON Web Token against key sets.
 *
 * Takes       a token of three parts from `token_from`; without one it is not responsible.
 * Gives       Session { subject: `sub` if it is a string, else empty; extra: the claims with `scp` as a list }.
 * Fails with  unauthorized for every error, including unavailable key sets.
 * Units       `jwks_ttl` and `jwks_max_wait` are durations; they are only read from the global section.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { encodeJson, type JsonObject } from '../../lib/json.ts'
import {
  type Failure,
  type FailureInfo,
  failure,
  message,
  refusedCredential,
} from '../../model/failure.ts'
import { type Session, withSession } from '../../model/session.ts'
import type { VerifiedToken } from '../../outbound/key-sets.ts'
import { type Authenticate, type Kind, notResponsible } from '../kind.ts'
import { scopeStrategySchema } from '../scopes.ts'
import { compileTokenSource, tokenFromSchema } from '../token-source.ts'
import { checkTimes, compileClaimChecks, type Objection } from './jwt/claims.ts'
import { hasThreeParts } from './jwt/compact.ts'
import { type Refused, type Verified, verifyToken } from './jwt/verify.ts'

const strings = { type: 'array', items: { type: 'string' } } as const

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['jwks_urls'],
  properties: {
    jwks_urls: {
      type: 'array',
      items: { type: 'string', format: 'uri' },
      description: 'Key sets: http, https, file or inline (base64) locations.',
    },
    jwks_max_wait: {
      type: 'string',
      default: '1s',
      description: 'How long a request waits for key sets. Only read from the global section.',
    },
    jwks_ttl: {
      type: 'string',
      default: '30s',
      description: 'Key sets older than this are fetched again. Only read from the global section.',
    },
    allowed_algorithms: {
      ...strings,
      description: 'Signature algorithms that are accepted. Without it: RS256 alone.',
    },
    required_scope: { ...strings, description: 'Scopes that the token must have.' },
    scope_strategy: scopeStrategySchema,
    target_audience: { ...strings, description: 'Audiences that must all be in `aud`.' },
    trusted_issuers: { ...strings, description: 'Issuers; `iss` must be one of them.' },
    token_from: tokenFromSchema,
  },
} as const

export type JwtConfig = FromSchema<typeof schema>

function adviseOnTokens(config: JwtConfig): readonly string[] {
  const advice: string[] = []
  const {
    target_audience: audience = [],
    trusted_issuers: issuers = [],
    jwks_urls: sets = [],
  } = config
  if (audience.length === 0) {
    advice.push('target_audience: no audience is set, so tokens for any other service are accepted')
  }
  if (issuers.length > 1 && sets.length > 1) {
    advice.push(
      'jwks_urls: all sets are used together, so a key of one issuer can sign for the other issuers',
    )
  }
  return advice
}

/** An empty list counts as absent, as in recorded answers of Oathkeeper. */
const allowedBy = ({ allowed_algorithms: allowed = [] }: JwtConfig): readonly string[] =>
  allowed.length > 0 ? allowed : ['RS256']

export const jwt: Kind<JwtConfig, Authenticate> = {
  schema,
  credentials: ({ token_from: from }) => [compileTokenSource(from).credential],
  challenge: ({ required_scope: scopes = [] }) => ({ scopes }),
  advice: adviseOnTokens,
  create: (config, { keySets, now }) => {
    const { read, credential } = compileTokenSource(config.token_from)
    const ring = keySets.open(config.jwks_urls)
    const algorithms = new Set(allowedBy(config))
    const options = { ring, algorithms }
    const objectionTo = compileClaimChecks(config)

    /** Checks the times and this rule's own requirements, on every request. */
    const checkToken = (session: Session, token: VerifiedToken): Session | Failure => {
      const objection = checkTimes(token.claims, now()) ?? objectionTo(token)
      if (objection !== undefined) return objected(objection, token.claims)
      const { sub } = token.claims
      const subject = typeof sub === 'string' ? sub : ''
      return withSession(session, { subject, extra: token.extra, credential })
    }

    return (session, request) => {
      const text = read(request)
      if (text === undefined) return notResponsible
      const known = ring.recall(text)
      if (known !== undefined && algorithms.has(known.algorithm)) return checkToken(session, known)
      if (!hasThreeParts(text)) return notResponsible
      const conclude = (outcome: Verified | Refused): Session | Failure => {
        if (outcome.kind === 'refused') return refusal(outcome)
        ring.remember(text, outcome.token)
        return checkToken(session, outcome.token)
      }
      const outcome = verifyToken(text, request, options)
      return 'then' in outcome ? outcome.then(conclude) : conclude(outcome)
    }
  },
}

function objected(objection: NonNullable<Objection>, claims: JsonObject): Failure {
  if (typeof objection === 'string') return refusedCredential(infoOf(objection, claims))
  const { reason, tokenError } = objection
  return { ...refusedCredential(infoOf(reason, claims)), tokenError }
}

/** Without all key sets it is not known whether the token is good. */
function refusal({ reason, claims, areKeysMissing }: Refused): Failure {
  const info = infoOf(reason, claims)
  return areKeysMissing ? failure('unauthorized', info) : refusedCredential(info)
}

const infoOf = (reason: string, claims: JsonObject | undefined): FailureInfo => ({
  message: message.unauthorized,
  reason,
  ...(claims === undefined ? {} : { details: { jwt_claims: encodeJson(claims) } }),
})
