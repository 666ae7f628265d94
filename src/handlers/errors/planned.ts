/** Error handlers of the original that this version reads in the configuration and cannot run yet. */
import { whenSchema } from './when-schema.ts'

const redirect = {
  type: 'object',
  additionalProperties: false,
  required: ['to'],
  properties: {
    to: { type: 'string', format: 'uri-reference', description: 'Where the caller is sent.' },
    code: { type: 'integer', enum: [301, 302], default: 302, description: 'The status.' },
    return_to_query_param: {
      type: 'string',
      pattern: '^[A-Za-z0-9,._~-]*$',
      default: '',
      description: 'The query parameter that carries the URL of the request; empty: none.',
    },
    when: whenSchema,
  },
} as const

const wwwAuthenticate = {
  type: 'object',
  additionalProperties: false,
  properties: {
    realm: {
      type: 'string',
      default: 'Please authenticate.',
      description: 'The realm of the challenge.',
    },
    when: whenSchema,
  },
} as const

/** Config name to the schema of its config. What is in the table of kinds does not belong here. */
export const plannedErrorHandlers = { redirect, www_authenticate: wwwAuthenticate } as const
