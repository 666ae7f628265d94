/** The form of a test file (docs/schemas/test-file.schema.json). */

const strings = { type: 'object', additionalProperties: { type: 'string' } } as const
const nullableStrings = {
  type: 'object',
  additionalProperties: { type: ['string', 'null'] },
} as const

const request = {
  description: 'The request: a text such as `GET https://shop.example/orders`, or its parts.',
  anyOf: [
    { type: 'string' },
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        method: { type: 'string', description: 'Default: GET.' },
        url: { type: 'string' },
        headers: strings,
        body: { type: 'string' },
        context: { ...strings, description: 'The context_extensions of the route in Envoy.' },
        client: { type: 'string', description: 'The address of the client; default: 127.0.0.1.' },
      },
    },
  ],
} as const

const expectation = {
  type: 'object',
  additionalProperties: false,
  description: 'What is expected. `allow` or `deny` is needed.',
  properties: {
    allow: { type: 'string', description: 'The id of the rule that lets it pass.' },
    deny: { type: 'integer', description: 'The status of the denial.' },
    code: { type: 'string', description: 'The code of the denial (docs/errors.md).' },
    headers: {
      ...nullableStrings,
      description:
        'Headers for the upstream, or of the denial; `null`: absent. Others are not looked at.',
    },
    headers_exactly: {
      ...strings,
      description: 'All headers that the rule sets for the upstream, or all of the denial.',
    },
    removed: {
      type: 'array',
      items: { type: 'string' },
      description: 'Headers that must not reach the upstream as the client sent them.',
    },
    response_headers: {
      ...nullableStrings,
      description: "Headers that the rule adds to the upstream's answer.",
    },
    location: { type: 'string', description: 'Where a redirect leads.' },
    body: { description: 'The body of the denial: a text, or JSON.' },
  },
} as const

const doors = {
  type: 'array',
  minItems: 1,
  items: { enum: ['engine', 'grpc', 'decisions', 'proxy'] },
  description: 'The doors that the request goes through; default: engine, grpc, decisions.',
} as const

const stubs = {
  type: 'object',
  description: 'Answers to calls of handlers, by `METHOD URL`.',
  additionalProperties: { type: 'object' },
} as const

const claims = { type: 'object', description: 'Claims of a token.' } as const

const shared = {
  as: {
    description: 'Whose token is sent: a name of `tokens`, or claims. `null`: none.',
    anyOf: [{ type: ['string', 'null'] }, { type: 'object' }],
  },
  request,
  expect: expectation,
  doors,
  now: { type: 'string', description: 'The time of the decision, such as 2026-01-01T00:00:00Z.' },
  stubs,
} as const

const row = {
  type: 'object',
  additionalProperties: false,
  properties: { name: { type: 'string' }, ...shared },
} as const

export const testFileSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['oarlock_test', 'tests'],
  properties: {
    oarlock_test: { const: 1, description: 'The version of this form.' },
    config: {
      description: 'The configuration, relative to this file; several are merged.',
      anyOf: [{ type: 'string' }, { type: 'array', minItems: 1, items: { type: 'string' } }],
    },
    defaults: {
      type: 'object',
      additionalProperties: false,
      description: 'What tests inherit; objects are merged.',
      properties: { ...shared, claims: { ...claims, description: 'Claims of every token.' } },
    },
    tokens: { type: 'object', additionalProperties: claims, description: 'Tokens by name.' },
    stubs,
    tests: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: {
          name: { type: 'string' },
          skip: { type: 'string', minLength: 1, description: 'Why it is not run.' },
          only: { const: true, description: 'Run nothing else; not allowed where `CI` is set.' },
          ...shared,
          table: { type: 'array', items: row, description: 'Rows that inherit from the test.' },
        },
      },
    },
  },
} as const
