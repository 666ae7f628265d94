/** What remote and remote_json have in common. */
import { durationPattern } from '../../../lib/duration.ts'

const duration = { type: 'string', pattern: durationPattern } as const

export const remoteSchema = {
  remote: { type: 'string', format: 'uri', description: 'The service that is asked.' },
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
    description: 'Headers of the answer that the upstream gets.',
  },
  retry: {
    type: 'object',
    additionalProperties: false,
    description: 'How failed calls are repeated: five attempts at most.',
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
