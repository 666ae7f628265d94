/** Mutators of the original that this version reads in the configuration and cannot run yet. */
import { durationPattern } from '../../lib/duration.ts'

const duration = { type: 'string', pattern: durationPattern } as const

const idToken = {
  type: 'object',
  additionalProperties: false,
  required: ['issuer_url', 'jwks_url'],
  properties: {
    issuer_url: { type: 'string', description: 'The `iss` of the tokens.' },
    jwks_url: { type: 'string', format: 'uri', description: 'The key set that signs them.' },
    ttl: { ...duration, default: '15m', description: 'How long a token is valid.' },
    claims: { type: 'string', description: 'A template that gives a JSON object of claims.' },
  },
} as const

const basicAuth = {
  type: 'object',
  additionalProperties: false,
  description: 'Basic credentials.',
  required: ['username', 'password'],
  properties: {
    username: { type: 'string', description: 'The user.' },
    password: { type: 'string', description: 'The password.' },
  },
} as const

const hydratorApi = {
  type: 'object',
  additionalProperties: false,
  description: 'The service that completes the session.',
  required: ['url'],
  properties: {
    url: { type: 'string', format: 'uri', description: 'Where the session is sent.' },
    auth: {
      type: 'object',
      additionalProperties: false,
      description: 'How we identify ourselves.',
      properties: { basic: basicAuth },
    },
    retry: {
      type: 'object',
      additionalProperties: false,
      description: 'How failed calls are repeated.',
      properties: {
        max_delay: { ...duration, default: '100ms', description: 'The longest wait between two.' },
        give_up_after: {
          ...duration,
          default: '1s',
          description: 'The longest that one may take.',
        },
      },
    },
  },
} as const

const hydrator = {
  type: 'object',
  additionalProperties: false,
  required: ['api'],
  properties: {
    api: hydratorApi,
    cache: {
      type: 'object',
      additionalProperties: false,
      description: 'Whether answers are remembered.',
      properties: {
        enabled: { type: 'boolean', default: false, description: 'Remember answers.' },
        ttl: { ...duration, default: '1m', description: 'How long.' },
      },
    },
  },
} as const

/** Config name to the schema of its config. What is in the table of kinds does not belong here. */
export const plannedMutators = { hydrator, id_token: idToken } as const
