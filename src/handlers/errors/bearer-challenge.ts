/**
 * bearer_challenge: tells an OAuth 2.0 client what token it needs (RFC 6750, RFC 9728).
 *
 * Takes       `realm`, and `resource`: one of `resources`. Without it, the resource whose URL is the longest beginning of
 *             the request's URL is used.
 * Gives       a JSON error body and `WWW-Authenticate: Bearer`. No credential: 401 without `error`. A token that is
 *             malformed, expired, revoked or for someone else: 401 with `invalid_token`. A token without a required scope:
 *             403 with `insufficient_scope` and all missing scopes. Any other failure keeps its status and gets no
 *             challenge.
 *
 * `scope` of a 401 names the scopes that the rule's authenticators require. `resource_metadata` is the URL of the
 * resource's metadata, so that a client finds the authorization server.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { nearest } from '../../lib/schema/nearest.ts'
import type { Reply } from '../../model/decision.ts'
import { type Failure, failure, message } from '../../model/failure.ts'
import type { ProtectedResource, ProtectedResources } from '../../model/protected-resources.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { Answer, ChallengeParts, Kind } from '../kind.ts'
import { challenge, type Parameter } from './challenge.ts'
import { plainText, renderError } from './error-body.ts'
import { whenSchema } from './when-schema.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    realm: {
      type: 'string',
      default: '',
      description: "The realm of the challenge. Empty: that of the rule's authenticators, if any.",
    },
    resource: {
      type: 'string',
      default: '',
      description: 'One of `resources`. Empty: the one that the URL of the request begins with.',
    },
    when: whenSchema,
  },
} as const

type Config = FromSchema<typeof schema>

export const bearerChallenge: Kind<Config, Answer> = {
  schema,
  create: ({ realm = '', resource = '' }, { resources }) => {
    // Checked at load; it is written for each answer.
    challenge('Bearer', [['realm', realm]])
    const only = resource === '' ? undefined : resourceOf(resource, resources)
    return (failed, request, parts) => {
      const refused = refusalOf(failed, parts)
      if (refused === undefined) return bodyOf(failed, request)
      const { host, path } = request
      const found = only ?? resources.around(host, path)
      const header = challenge('Bearer', [
        ['realm', realm || parts?.realm],
        ...refused.parameters,
        ['resource_metadata', found?.metadataUrl],
      ])
      const reply = bodyOf(refused.failure, request)
      return { ...reply, headers: new Map(reply.headers).set('WWW-Authenticate', [header]) }
    }
  },
}

function resourceOf(name: string, { all, byName }: ProtectedResources): ProtectedResource {
  const found = byName(name)
  if (found !== undefined) return found
  const names = all.map(({ resource }) => resource)
  const meant = nearest(name, names)
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  throw new Error(`resource: found ${JSON.stringify(name)}, expected one of resources${hint}`)
}

interface Refused {
  /** With the status of the answer. */
  readonly failure: Failure
  readonly parameters: readonly Parameter[]
}

/** undefined: another token would not help. */
function refusalOf(failed: Failure, parts: ChallengeParts | undefined): Refused | undefined {
  const { tokenError } = failed
  if (tokenError?.error === 'insufficient_scope') {
    return {
      failure: failure('forbidden', { message: message.forbidden }),
      parameters: [
        ...errorOf('insufficient_scope', 'The access token lacks a scope'),
        ['scope', scopeList(tokenError.scopes)],
      ],
    }
  }
  const isInvalid = failed.isRefusal || tokenError !== undefined
  if (!isInvalid && failed.code !== 'unauthorized') return undefined
  return {
    failure: failure('unauthorized', { message: message.unauthorized }),
    parameters: [
      ...(isInvalid ? errorOf('invalid_token', invalidToken) : []),
      ['scope', scopeList(parts?.scopes ?? [])],
    ],
  }
}

const invalidToken = 'The access token is malformed, expired, revoked or not for this resource'

const errorOf = (error: string, description: string): readonly Parameter[] => [
  ['error', error],
  ['error_description', description],
]

/** RFC 6749 §3.3; other scopes cannot be named in a challenge. */
const scopeToken = /^[!#-[\]-~]+$/

const scopeList = (scopes: readonly string[]): string =>
  scopes.filter(scope => scopeToken.test(scope)).join(' ')

const bodyOf = (failed: Failure, request: AccessRequest): Reply =>
  renderError({
    failure: failed,
    text: plainText(failed),
    requestId: request.headers.first('x-request-id'),
  })
