/**
 * bearer_token: asks a session store to whom the request's token belongs.
 *
 * Takes       a token from `token_from` that begins with `prefix`; else it is not responsible.
 * Gives       Session { subject, extra } from the store's JSON answer, selected by GJSON paths.
 * Fails with  unauthorized for any status but 200, an answer that is not JSON or has no subject;
 *             too_many_requests; forbidden when the store is unreachable or a path selects a wrong type.
 *
 * The store receives Authorization, and the token where it came from; one of `Sec-WebSocket-Protocol` as
 * `Authorization: Bearer`. Its redirects are not followed.
 */
import type { FromSchema } from 'json-schema-to-ts'
import type { CredentialSource } from '../../model/session.ts'
import { type Authenticate, type Kind, notResponsible } from '../kind.ts'
import { compileTokenSource, tokenFromSchema } from '../token-source.ts'
import { type Carried, compileCall } from './session/call.ts'
import { compileCheck } from './session/check.ts'
import { checkSchema, extraFromSchema } from './session/schema.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['check_session_url'],
  properties: {
    ...checkSchema,
    token_from: tokenFromSchema,
    prefix: { type: 'string', description: 'The text that the token must begin with.' },
    subject_from: {
      type: 'string',
      default: 'sub',
      description: 'GJSON path of the subject in the answer; empty: `sub`.',
    },
    extra_from: extraFromSchema,
  },
} as const

type Config = FromSchema<typeof schema>

const carrier = { header: [], cookie: ['Cookie'], query: [], websocket_protocol: [] } as const

export const bearerToken: Kind<Config, Authenticate> = {
  schema,
  asksOutside: true,
  credentials: ({ token_from: from }) => [compileTokenSource(from).credential],
  create: (config, { http }) => {
    const { read, credential } = compileTokenSource(config.token_from)
    const own = credential.in === 'header' ? [credential.name] : carrier[credential.in]
    const makeCall = compileCall(config, ['Authorization', ...own])
    const check = compileCheck(http, {
      subject: config.subject_from || 'sub',
      extra: config.extra_from || 'extra',
    })
    const carry = carrierOf(credential)
    const { prefix = '' } = config
    return (session, request) => {
      const token = read(request)
      if (typeof token !== 'string') return token ?? notResponsible
      if (!token.startsWith(prefix)) return notResponsible
      return check(session, makeCall(request, carry(token)), credential)
    }
  },
}

function carrierOf({ in: place, name }: CredentialSource): (token: string) => Carried | undefined {
  if (place === 'query') return value => ({ query: { name, value } })
  if (place === 'websocket_protocol') return token => ({ authorization: `Bearer ${token}` })
  return () => undefined
}
