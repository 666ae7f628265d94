/** The OpenAPI document of the API port. A test compares it with the routes and their answers. */
import type { JsonObject } from '../../../lib/json.ts'
import { wellKnown } from '../../../model/protected-resources.ts'
import { decisionPaths } from './decisions.ts'
import { reference, schemas } from './schemas.ts'

const answer = (description: string, schema: JsonObject) => ({
  description,
  content: { 'application/json': { schema } },
})
const problem = (description: string) => answer(description, reference('Error'))

interface Described {
  readonly name: string
  readonly summary: string
  readonly responses: JsonObject
  readonly parameters?: readonly JsonObject[]
}

const get = ({ name, summary, responses, parameters = [] }: Described) => ({
  get: {
    operationId: name,
    tags: ['administration'],
    summary,
    security: [{}],
    ...(parameters.length > 0 ? { parameters } : {}),
    responses,
  },
})

const question: JsonObject = {
  type: 'object',
  required: ['method', 'url'],
  properties: {
    method: { type: 'string' },
    url: { type: 'string', description: 'An absolute URL.' },
    headers: {
      type: 'array',
      items: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 },
    },
    body: { type: 'string', description: 'In Base64.' },
    door: { enum: ['grpc', 'decisions', 'proxy'] },
    client: { type: 'string', description: 'The address of the client.' },
    context: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'The context_extensions of the route in Envoy.',
    },
  },
}

const explainPath = {
  post: {
    operationId: 'explain',
    tags: ['administration'],
    summary: 'Decides a request and says how; only with `serve.api.explain`.',
    security: [{ explain_token: [] }],
    requestBody: { required: true, content: { 'application/json': { schema: question } } },
    responses: {
      200: answer('The explanation.', { type: 'object', required: ['request', 'outcome'] }),
      400: problem('The question is not valid.'),
      401: problem('The token of serve.api.explain is missing.'),
      404: { description: 'serve.api.explain is not enabled.' },
      503: problem('Another request is explained.'),
    },
  },
}

const shadowPath = {
  get: {
    operationId: 'shadow_report',
    tags: ['administration'],
    summary: 'How shadow rules decide differently; only with `access_rules.shadow`.',
    responses: {
      200: answer('Counts of the differences.', {
        type: 'object',
        required: ['version', 'since', 'compared', 'dropped', 'groups'],
      }),
      404: { description: 'access_rules.shadow has no repositories.' },
    },
  },
}

const page = (name: string, description: string) => ({
  name,
  in: 'query',
  description,
  schema: { type: 'integer' },
})

const entityTag = {
  description: 'Changes with the keys; not sent to callers without Accept and User-Agent headers.',
  schema: { type: 'string' },
}

const resourcePath = {
  name: 'path',
  in: 'path',
  required: true,
  description: 'The path of the resource.',
  schema: { type: 'string' },
}

const administrationPaths = {
  '/rules': get({
    name: 'list_rules',
    summary: 'The loaded rules, in the order of their sources.',
    parameters: [
      page('limit', 'Maximum number of rules; default 50, at most 500.'),
      page('offset', 'Number of rules to skip.'),
    ],
    responses: { 200: answer('Rules.', { type: 'array', items: reference('Rule') }) },
  }),
  '/rules/{id}': get({
    name: 'get_rule',
    summary: 'One rule.',
    parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
    responses: {
      200: answer('The rule.', reference('Rule')),
      400: problem('The id has a malformed escape.'),
      404: problem('No rule has this id.'),
    },
  }),
  '/health/alive': get({
    name: 'is_alive',
    summary: 'Reports that the process is running.',
    responses: { 200: answer('The process is running.', reference('Health')) },
  }),
  '/health/ready': get({
    name: 'is_ready',
    summary: 'Reports whether requests may be sent to this server.',
    responses: {
      200: answer('Requests may be sent.', reference('Health')),
      503: problem(
        'No rule is loaded or none could be compiled, the server is stopping, or it waits for a source of rules.',
      ),
    },
  }),
  '/.well-known/jwks.json': get({
    name: 'get_public_keys',
    summary: 'The public keys of the tokens that the id_token mutator signs.',
    responses: {
      200: { ...answer('The keys.', reference('KeySet')), headers: { ETag: entityTag } },
      304: {
        description: 'The keys have not changed since If-None-Match.',
        headers: { ETag: entityTag },
      },
      500: problem('No key set is configured, or none could be read.'),
    },
  }),
  ...Object.fromEntries(
    [wellKnown, `${wellKnown}/{path}`].map((path, i) => [
      path,
      get({
        name: i === 0 ? 'get_protected_resource' : 'get_protected_resource_at',
        summary: 'The metadata of a protected resource of the configuration (RFC 9728).',
        parameters: i === 0 ? [] : [resourcePath],
        responses: { 200: answer('The metadata.', reference('ProtectedResource')) },
      }),
    ]),
  ),
  '/explain': explainPath,
  '/shadow': shadowPath,
  '/version': get({
    name: 'get_version',
    summary: 'The version of the server.',
    responses: { 200: answer('The version.', reference('Version')) },
  }),
  '/openapi.json': get({
    name: 'get_openapi',
    summary: 'This document.',
    responses: { 200: answer('The document.', { type: 'object', required: ['openapi', 'paths'] }) },
  }),
}

export const openApi = (version: string): JsonObject => ({
  openapi: '3.1.0',
  info: {
    title: 'Oarlock',
    description:
      'The API port: decisions, and the state of the server. It requires no credentials, except for /explain: every client that can connect to the port may use it.',
    version,
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  tags: [{ name: 'decisions' }, { name: 'administration' }],
  paths: { ...decisionPaths, ...administrationPaths },
  components: {
    schemas,
    securitySchemes: { explain_token: { type: 'http', scheme: 'bearer' } },
  },
})
