/** The schema of `when`, shared by all error handlers. */
const texts = { type: 'array', items: { type: 'string' } } as const

const networks = { type: 'array', items: { type: 'string', format: 'cidr' } } as const

export const whenSchema = {
  type: 'array',
  description:
    'The failures and requests that this handler answers; one matching entry is enough, no entry means all.',
  items: {
    type: 'object',
    additionalProperties: false,
    properties: {
      error: {
        type: 'array',
        items: {
          type: 'string',
          enum: [
            'unauthorized',
            'forbidden',
            'internal_server_error',
            'not_found',
            'bad_request',
            'too_many_requests',
          ],
        },
        description: 'The kinds of failure. An empty list means all.',
      },
      request: {
        type: 'object',
        additionalProperties: false,
        description: 'Conditions on the request.',
        properties: {
          cidr: { ...networks, description: 'Networks that the client address must be in.' },
          remote_ip: {
            type: 'object',
            additionalProperties: false,
            description: 'Conditions on the address of the client, with a choice of which address.',
            properties: {
              match: { ...networks, description: 'Networks that the address must be in.' },
              respect_forwarded_for_header: {
                type: 'boolean',
                default: false,
                description:
                  'Use the client address behind trusted proxies instead of the peer address.',
              },
            },
          },
          header: {
            type: 'object',
            additionalProperties: false,
            description: 'Conditions on request headers.',
            properties: {
              accept: { ...texts, description: 'Media types, one of which `Accept` must name.' },
              content_type: {
                ...texts,
                description: 'Media types, one of which `Content-Type` must be.',
              },
            },
          },
        },
      },
    },
  },
} as const
