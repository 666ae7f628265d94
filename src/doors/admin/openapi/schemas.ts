/** JSON Schemas of the bodies of the API port. Byte strings: use ASCII only. */
import type { JsonObject } from '../../../lib/json.ts'

const text = { type: 'string' }
const object = (properties: JsonObject, required = Object.keys(properties)) => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
})
export const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` })

const when = { ...text, description: 'An expression; where it is false, it is skipped.' }
const handler = object(
  {
    handler: { ...text, description: 'The kind, as in the configuration.' },
    config: { description: 'The configuration of the handler in the rule; null: none.' },
    when,
    on_failure: {
      enum: ['stop', 'next'],
      description: 'Of an authenticator: whether the next one is asked when it refuses.',
    },
    remove_credential: {
      const: true,
      description: 'Of an authenticator: its credential does not reach the upstream.',
    },
  },
  ['handler', 'config'],
)
const handlers = { type: ['array', 'null'], items: reference('Handler') }

const authorizers = { type: 'array', items: reference('Authorizer') }
const authorizer = {
  anyOf: [
    reference('Handler'),
    object({ any: authorizers, when }, ['any']),
    object({ all: authorizers, when }, ['all']),
  ],
}

const values = { type: 'object', additionalProperties: { type: ['string', 'null'] } }
const narrowing = {
  headers: { ...values, description: 'What every value of a header must be; null: absent.' },
  query: { ...values, description: 'What every value of a query parameter must be.' },
  context: { ...values, description: "What Envoy's context_extensions must have." },
  default: { const: true, description: 'Matches only where no other rule does.' },
}
const methods = { type: ['array', 'null'], items: text }
const urlMatch = object(
  { methods, url: { ...text, description: 'Parts in angle brackets are patterns.' }, ...narrowing },
  ['methods', 'url'],
)
const texts = { type: 'array', items: text }
const partsMatch = object({ methods, schemes: texts, hosts: texts, paths: texts, ...narrowing }, [
  'methods',
])
const rpcMatch = object(
  { authority: text, full_method: text, allow_http_get: { type: 'boolean' }, ...narrowing },
  ['authority', 'full_method'],
)
const invalidMatch = { type: 'object', description: 'As written, with a mistake.' }

const ruleMembers = {
  id: text,
  version: text,
  description: text,
  match: { anyOf: [urlMatch, partsMatch, rpcMatch, invalidMatch, { type: 'null' }] },
  authenticators: handlers,
  authorizer: reference('Handler'),
  mutators: handlers,
  errors: handlers,
  upstream: object({ preserve_host: { type: 'boolean' }, strip_path: text, url: text }),
}

const rule = object(
  {
    ...ruleMembers,
    authorizers: {
      ...authorizers,
      description: 'In place of the authorizer, whose name is empty.',
    },
    problem: { ...text, description: 'Why the rule matches nothing; missing for other rules.' },
  },
  Object.keys(ruleMembers),
)

const count = { type: 'integer', minimum: 0 }

const health = object(
  {
    status: { const: 'ok' },
    details: {
      ...object(
        {
          degraded: { type: 'boolean', description: 'A rule has a pattern that matches nothing.' },
          broken_patterns: count,
          invalid_rules: { ...count, description: 'Rules that deny all that they match.' },
          failing_sources: { ...count, description: 'Sources of rules that cannot be read.' },
          refused_configuration: { type: 'boolean', description: 'The last change was refused.' },
        },
        [],
      ),
      description: 'Problems that do not prevent decisions; the log has details.',
    },
  },
  ['status'],
)

const error = object({
  error: object(
    {
      code: { type: 'integer', description: 'The status.' },
      status: text,
      request: { ...text, description: 'X-Request-ID of the request.' },
      reason: text,
      details: { type: 'object' },
      message: text,
    },
    ['code', 'message'],
  ),
})

const key = {
  type: 'object',
  required: ['kty'],
  properties: { kty: text, kid: text, use: text, alg: text },
  description: 'A public key (RFC 7517).',
}

const protectedResource = {
  type: 'object',
  required: ['resource'],
  properties: { resource: text },
  description: 'The members of RFC 9728 that the configuration has.',
}

export const schemas = {
  Handler: handler,
  Authorizer: authorizer,
  Rule: rule,
  Health: health,
  Error: error,
  ProtectedResource: protectedResource,
  KeySet: object({ keys: { type: 'array', items: key } }),
  Version: object({ version: text }),
}
