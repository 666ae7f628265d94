/**
 * jwt: verifies a JSON Web Token against key sets.
 *
 * Takes       a token of three parts from `token_from`; without one it is not responsible.
 * Gives       Session { subject: `sub` if it is a string, else empty; extra: the claims with `scp` as a list }.
 * Fails with  unauthorized for every error, including unavailable key sets and metadata.
 * Units       `jwks_ttl` and `jwks_max_wait` are durations; they are only read from the global section.
 *
 * `metadata_url` names the issuer: `iss` must be the `issuer` of the document, and that must be the one that the address
 * says, or `issuer`. The document is fetched, kept and refreshed as key sets are. Another `jwks_uri` is used once its keys
 * are there. In a rule `metadata_url` takes the place of a global `jwks_urls`, and the other way round.
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
import type { KeyRing, VerifiedToken } from '../../outbound/key-sets.ts'
import { type Advice, type Authenticate, type Deps, type Kind, notResponsible } from '../kind.ts'
import { compileLeeway, leewaySchema } from '../leeway.ts'
import { metadataSchema } from '../metadata-schema.ts'
import { requiredClaimsSchema } from '../required-claims.ts'
import { fixedScopes } from '../required-scopes.ts'
import { scopeStrategySchema } from '../scopes.ts'
import { compileTokenSource, tokenFromSchema } from '../token-source.ts'
import { checkTimes, compileClaimChecks, type Objection } from './jwt/claims.ts'
import { hasThreeParts } from './jwt/compact.ts'
import { type Refused, type Verified, verifyToken } from './jwt/verify.ts'

const strings = { type: 'array', items: { type: 'string' } } as const

const jwksUrls =
  'Key sets: http, https, file or inline (base64) locations. Required without `metadata_url`.'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: [],
  if: { required: ['metadata_url'], properties: { metadata_url: {} } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: {
    properties: { jwks_urls: { not: {}, $comment: 'metadata_url or jwks_urls, not both' } },
  },
  else: {
    required: ['jwks_urls'],
    properties: {
      jwks_urls: { type: 'array', description: jwksUrls },
      issuer: { not: {}, $comment: 'metadata_url beside it; trusted_issuers names issuers' },
    },
  },
  properties: {
    jwks_urls: {
      type: 'array',
      items: { type: 'string', format: 'uri' },
      description: jwksUrls,
    },
    ...metadataSchema,
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
    required_scope: {
      ...strings,
      description: 'Scopes that the token must have. Templates, which read `.MatchContext` alone.',
    },
    scope_strategy: scopeStrategySchema,
    target_audience: {
      ...strings,
      description:
        'Audiences that must all be in `aud`. Templates, which read `.MatchContext` alone.',
      examples: [['orders-{{ .MatchContext.Named.tenant }}']],
    },
    trusted_issuers: {
      ...strings,
      description: 'Issuers; `iss` must be one of them. `<…>` is an expression, as in rules.',
    },
    required_claims: requiredClaimsSchema,
    token_types: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      minItems: 1,
      description:
        'The header `typ` of the token must be one of these, such as `at+jwt` (RFC 9068). Without it: any, or none.',
    },
    leeway: leewaySchema,
    token_from: tokenFromSchema,
  },
} as const

export type JwtConfig = FromSchema<typeof schema>

function adviseOnTokens(config: JwtConfig): readonly Advice[] {
  const advice: Advice[] = []
  const {
    target_audience: audience = [],
    trusted_issuers: issuers = [],
    jwks_urls: sets = [],
    metadata_url: metadata,
  } = config
  if (audience.length === 0) {
    advice.push({
      code: 'no-audience',
      key: 'target_audience',
      message: 'no audience is set, so tokens for any other service are accepted',
    })
  }
  if (issuers.length > 1 && sets.length > 1) {
    advice.push({
      code: 'shared-keys',
      key: 'jwks_urls',
      message: 'all sets are used together, so a key of one issuer can sign for the other issuers',
    })
  }
  if (issuers.length === 0 && metadata === undefined) {
    advice.push({
      code: 'no-issuer',
      key: 'trusted_issuers',
      message: 'no issuer is set, so tokens of anyone whose keys are in the sets are accepted',
    })
  }
  const shared = allowedBy(config).filter(name => name.startsWith('HS'))
  if (shared.length > 0) {
    advice.push({
      code: 'symmetric-key',
      key: 'allowed_algorithms',
      message: `${shared.join(', ')}: whoever can verify a token with a shared key can make one`,
    })
  }
  return advice
}

/** An empty list counts as absent, as in recorded answers of Oathkeeper. */
const allowedBy = ({ allowed_algorithms: allowed = [] }: JwtConfig): readonly string[] =>
  allowed.length > 0 ? allowed : ['RS256']

export const jwt: Kind<JwtConfig, Authenticate> = {
  schema,
  asksOutside: true,
  replaces: { metadata_url: ['jwks_urls', 'issuer'], jwks_urls: ['metadata_url', 'issuer'] },
  templates: ['target_audience', 'required_scope'],
  credentials: ({ token_from: from }) => [compileTokenSource(from).credential],
  challenge: ({ required_scope: scopes = [] }) => ({ scopes: fixedScopes(scopes) }),
  advice: adviseOnTokens,
  create: (config, deps) => {
    const { now } = deps
    const { read, credential } = compileTokenSource(config.token_from)
    const leeway = compileLeeway(config.leeway)
    const { ring, issuer } = openKeys(config, deps)
    const algorithms = new Set(allowedBy(config))
    const options = { ring, algorithms }
    const objectionTo = compileClaimChecks(config, issuer ? { ...deps, issuer } : deps)

    /** Checks the times and this rule's own requirements, on every request. */
    const checkToken = (session: Session, token: VerifiedToken): Session | Failure => {
      const objection = checkTimes(token.claims, now(), leeway) ?? objectionTo(token, session)
      if (objection !== undefined) return objected(objection, token.claims)
      const { sub } = token.claims
      const subject = typeof sub === 'string' ? sub : ''
      return withSession(session, { subject, extra: token.extra, credential })
    }

    return (session, request) => {
      const text = read(request)
      if (typeof text !== 'string') return text ?? notResponsible
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

interface Keys {
  readonly ring: KeyRing
  /** The issuer that the metadata name now. */
  readonly issuer?: () => string | undefined
}

function openKeys(
  { metadata_url: url, issuer: named, jwks_urls: urls = [] }: JwtConfig,
  { keySets }: Deps,
): Keys {
  if (url === undefined) return { ring: keySets.open(urls) }
  const { ring, current } = keySets.openIssuer({ url, issuer: named })
  return { ring, issuer: () => current()?.issuer }
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
