const texts = (description: string) =>
  ({ type: 'array', items: { type: 'string', minLength: 1 }, description }) as const

const url = (description: string) => ({ type: 'string', format: 'uri', description }) as const

const text = (description: string) => ({ type: 'string', minLength: 1, description }) as const

const flag = (description: string) => ({ type: 'boolean', description }) as const

/** The members of RFC 9728 §2. */
export const resources = {
  type: 'array',
  default: [],
  description:
    'OAuth 2.0 protected resources (RFC 9728). The metadata of each is served at `/.well-known/oauth-protected-resource`, followed by the path of the resource: on the API port, and on the proxy for the host of the resource. The error handler `bearer_challenge` names it.',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['resource'],
    properties: {
      resource: text('The identifier: an https URL without query and fragment.'),
      authorization_servers: {
        type: 'array',
        items: { type: 'string', format: 'uri' },
        description: 'Issuers of the authorization servers that give tokens for it.',
      },
      jwks_uri: url('Its public keys.'),
      scopes_supported: texts('Scopes that clients may ask for.'),
      bearer_methods_supported: {
        type: 'array',
        items: { type: 'string', enum: ['header', 'body', 'query'] },
        description: 'Where a client may send the token.',
      },
      resource_signing_alg_values_supported: texts('Algorithms that sign its answers.'),
      resource_name: text('A name for people.'),
      resource_documentation: url('A page for developers.'),
      resource_policy_uri: url('A page that says how data may be used.'),
      resource_tos_uri: url('The terms of service.'),
      tls_client_certificate_bound_access_tokens: flag(
        'Whether tokens may be bound to a certificate of the client (RFC 8705).',
      ),
      authorization_details_types_supported: texts('Types of authorization details (RFC 9396).'),
      dpop_signing_alg_values_supported: texts('Algorithms of DPoP proofs (RFC 9449).'),
      dpop_bound_access_tokens_required: flag('Whether tokens must be bound to a DPoP key.'),
    },
  },
} as const
