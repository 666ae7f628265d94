/** The settings that cookie_session and bearer_token share. */
import type { FromSchema } from 'json-schema-to-ts'

export const texts = { type: 'array', items: { type: 'string' } } as const

export const checkSchema = {
  check_session_url: {
    type: 'string',
    format: 'uri',
    description: 'The URL of the session store.',
  },
  preserve_path: {
    type: 'boolean',
    default: false,
    description: "Keep the URL's own path instead of the request's.",
  },
  preserve_query: {
    type: 'boolean',
    default: true,
    description: "Keep the URL's own query instead of the request's.",
  },
  preserve_host: {
    type: 'boolean',
    default: false,
    description: "Send the request's host as X-Forwarded-Host.",
  },
  force_method: {
    type: 'string',
    default: '',
    description: "The method of the call; empty: the request's, and GET for a HEAD.",
  },
  forward_http_headers: {
    ...texts,
    default: [],
    description: 'Request headers that are forwarded besides the credential.',
  },
  additional_headers: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Headers set on the call.',
  },
} as const

export const extraFromSchema = {
  type: 'string',
  default: 'extra',
  description: 'GJSON path of the extra object in the answer; empty: `extra`.',
} as const

const whole = {
  type: 'object',
  additionalProperties: false,
  required: ['check_session_url'],
  properties: checkSchema,
} as const

export type CheckConfig = FromSchema<typeof whole>
