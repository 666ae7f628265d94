/** Reads the caller's token as `token_from` says. */
import type { FromSchema } from 'json-schema-to-ts'
import { readCookie } from '../lib/cookies.ts'
import { readQueryValue } from '../lib/query.ts'
import { malformed, tokenBehind } from '../lib/subprotocols.ts'
import { type Failure, message, refusedCredential } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'
import type { CredentialSource } from '../model/session.ts'

export const tokenFromSchema = {
  description:
    'Where the token is read from; without it the Authorization header with the scheme Bearer.',
  oneOf: [
    { type: 'null' },
    {
      type: 'object',
      additionalProperties: false,
      required: ['header'],
      properties: {
        header: {
          type: 'string',
          description:
            'A header whose whole value is the token; `Bearer` is removed from Authorization.',
        },
      },
    },
    {
      type: 'object',
      additionalProperties: false,
      required: ['query_parameter'],
      properties: {
        query_parameter: {
          type: 'string',
          description: 'A query parameter that contains the token.',
        },
      },
    },
    {
      type: 'object',
      additionalProperties: false,
      required: ['cookie'],
      properties: { cookie: { type: 'string', description: 'A cookie that contains the token.' } },
    },
    {
      type: 'object',
      additionalProperties: false,
      required: ['websocket_protocol'],
      properties: {
        websocket_protocol: {
          type: 'string',
          pattern: "^[\\w!#$%&'*+\\-.^`|~]+$",
          description:
            'A name in `Sec-WebSocket-Protocol`, such as `bearer`; the entry behind it is the token.',
        },
      },
    },
  ],
} as const

export type TokenFrom = FromSchema<typeof tokenFromSchema>

export interface TokenSource {
  /** The token, never empty; undefined when the request has none; a failure when it is not clear which one. */
  read(request: AccessRequest): string | undefined | Failure
  readonly credential: CredentialSource
}

export function compileTokenSource(from: TokenFrom | undefined): TokenSource {
  if (!from) return fromHeader('authorization')
  if ('header' in from) return fromHeader(from.header.toLowerCase())
  if ('cookie' in from) return fromCookie(from.cookie)
  if ('websocket_protocol' in from) return fromSubprotocols(from.websocket_protocol)
  return fromQuery(from.query_parameter)
}

/** Header names are compared without case: `authorization` is Authorization. */
function fromHeader(name: string): TokenSource {
  const read: TokenSource['read'] =
    name === 'authorization'
      ? request => bearerOf(request.headers.first('authorization'))
      : request => request.headers.first(name) || undefined
  return { read, credential: { in: 'header', name } }
}

const fromQuery = (name: string): TokenSource => ({
  read: request => readQueryValue(request.query, name) || undefined,
  credential: { in: 'query', name },
})

const fromCookie = (name: string): TokenSource => ({
  read: request => readCookie(request.headers.all('cookie'), name) || undefined,
  credential: { in: 'cookie', name },
})

const fromSubprotocols = (name: string): TokenSource => ({
  read: ({ headers }) => {
    const token = tokenBehind(headers.all('sec-websocket-protocol'), name)
    return token === malformed ? notOneToken : token
  },
  credential: { in: 'websocket_protocol', name },
})

const notOneToken = refusedCredential({
  message: message.unauthorized,
  reason: 'Sec-WebSocket-Protocol does not have exactly one token',
})

const bearer = /^bearer /i

/** The text after `Bearer` and one space, unchanged. */
export const bearerOf = (value: string | undefined): string | undefined =>
  value !== undefined && bearer.test(value) ? value.slice('bearer '.length) || undefined : undefined
