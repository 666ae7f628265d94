import type { FromSchema } from 'json-schema-to-ts'
import { durationPattern } from '../../../lib/duration.ts'
import { leewaySchema } from '../../leeway.ts'
import { metadataSchema } from '../../metadata-schema.ts'
import { requiredClaimsSchema } from '../../required-claims.ts'
import { scopeStrategySchema } from '../../scopes.ts'
import { tokenFromSchema } from '../../token-source.ts'
import { retryWithoutEffect } from '../retry-schema.ts'

const duration = { type: 'string', pattern: durationPattern } as const
const texts = { type: 'array', items: { type: 'string' } } as const

const preAuthorization = {
  type: 'object',
  additionalProperties: false,
  description: 'A token for the introspection endpoint, requested with these client credentials.',
  properties: {
    enabled: {
      type: 'boolean',
      default: false,
      description: 'Whether such a token is requested and sent.',
    },
    client_id: { type: 'string', description: 'The client.' },
    client_secret: { type: 'string', description: 'Its secret.' },
    token_url: { type: 'string', format: 'uri', description: 'The token endpoint.' },
    audience: { type: 'string', description: 'The audience to request.' },
    scope: { ...texts, description: 'The scopes to request.' },
  },
  if: { required: ['enabled'], properties: { enabled: { const: true } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: {
    required: ['client_id', 'client_secret', 'token_url'],
    properties: { client_id: {}, client_secret: {}, token_url: {} },
  },
} as const

const endpoint = {
  type: 'string',
  format: 'uri',
  description: 'The endpoint to call. Required without `metadata_url`.',
} as const

export const introspectionSchema = {
  type: 'object',
  additionalProperties: false,
  required: [],
  if: { required: ['metadata_url'], properties: { metadata_url: {} } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: {
    properties: {
      introspection_url: { not: {}, $comment: 'metadata_url or introspection_url, not both' },
    },
  },
  else: {
    required: ['introspection_url'],
    properties: {
      introspection_url: endpoint,
      issuer: { not: {}, $comment: 'metadata_url beside it; trusted_issuers names issuers' },
    },
  },
  properties: {
    introspection_url: endpoint,
    ...metadataSchema,
    required_scope: {
      ...texts,
      default: [],
      description: 'Scopes that the token must grant. Templates, which read `.MatchContext` alone.',
    },
    target_audience: {
      ...texts,
      default: [],
      description:
        'Audiences that the token must have. Templates, which read `.MatchContext` alone.',
    },
    trusted_issuers: {
      ...texts,
      default: [],
      description: 'Issuers; `iss` must be one of them. `<…>` is an expression, as in rules.',
    },
    required_claims: requiredClaimsSchema,
    leeway: leewaySchema,
    scope_strategy: scopeStrategySchema,
    pre_authorization: preAuthorization,
    preserve_host: {
      type: 'boolean',
      default: false,
      description: "Send the request's host as X-Forwarded-Host.",
    },
    token_from: tokenFromSchema,
    prefix: { type: 'string', description: 'The text that the token must begin with.' },
    introspection_request_headers: { type: 'object', description: 'Headers set on the call.' },
    retry: retryWithoutEffect,
    cache: {
      type: 'object',
      additionalProperties: false,
      description: 'The cache of answers.',
      properties: {
        enabled: { type: 'boolean', default: false, description: 'Whether answers are cached.' },
        ttl: { ...duration, description: 'The longest time that an answer is cached.' },
        max_cost: {
          type: 'integer',
          default: 100_000_000,
          description: 'Accepted without effect: `cache.memory.bytes` bounds the whole cache.',
        },
      },
    },
  },
} as const

export type IntrospectionConfig = FromSchema<typeof introspectionSchema>
