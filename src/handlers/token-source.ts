/** Reads the caller's token as `token_from` says. */
import type { FromSchema } from 'json-schema-to-ts'
import { readCookie } from '../lib/cookies.ts'
import { readQueryValue } from '../lib/query.ts'
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
  ],
} as const

export type TokenFrom = FromSchema<typeof tokenFromSchema>

export interface TokenSource {
  /** The token, never empty; undefined when the request has none. */
  read(request: AccessRequest): string | undefined
  readonly credential: CredentialSource
}

export function compileTokenSource(from: TokenFrom | undefined): TokenSource {
  if (!from) return fromHeader('authorization')
  if ('header' in from) return fromHeader(from.header.toLowerCase())
  if ('cookie' in from) return fromCookie(from.cookie)
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

const bearer = /^bearer /i

/** The text after `Bearer` and one space, unchanged. */
export const bearerOf = (value: string | undefined): string | undefined =>
  value !== undefined && bearer.test(value) ? value.slice('bearer '.length) || undefined : undefined
