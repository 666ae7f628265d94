/** `metadata_url` and `issuer`: where an issuer describes itself. */
export const metadataSchema = {
  metadata_url: {
    type: 'string',
    format: 'uri',
    description:
      'The document in which an issuer describes itself (OpenID Connect Discovery, RFC 8414). Tokens of other issuers are refused.',
    examples: ['https://issuer.example/.well-known/openid-configuration'],
  },
  issuer: {
    type: 'string',
    minLength: 1,
    description:
      'What `issuer` in that document must be. Without it, what the address of the document says.',
  },
} as const
