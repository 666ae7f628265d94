/** The settings that remote and remote_json share. */
import { durationPattern } from '../../../lib/duration.ts'

const duration = { type: 'string', pattern: durationPattern } as const

export const remoteSchema = {
  remote: { type: 'string', format: 'uri', description: 'The URL of the service.' },
  headers: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Headers of the call; values are templates over the session.',
  },
  forward_response_headers_to_upstream: {
    type: 'array',
    items: { type: 'string' },
    uniqueItems: true,
    default: [],
    description: 'Headers of the answer that are sent to the upstream.',
  },
  retry: {
    type: 'object',
    additionalProperties: false,
    description: 'Retries of failed calls: five attempts at most.',
    properties: {
      max_delay: {
        ...duration,
        default: '100ms',
        description: 'The longest wait between two attempts.',
      },
      give_up_after: {
        ...duration,
        default: '1s',
        description: 'The longest wait that Retry-After may ask for.',
      },
    },
  },
} as const
