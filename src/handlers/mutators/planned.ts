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

/** Config name to the schema of its config. What is in the table of kinds does not belong here. */
export const plannedMutators = { id_token: idToken } as const
