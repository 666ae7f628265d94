/** The OpenAPI document of the API port. A test compares it with the routes and with what they answer. */
import type { JsonObject } from '../../../lib/json.ts'
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

const page = (name: string, description: string) => ({
  name,
  in: 'query',
  description,
  schema: { type: 'integer' },
})

const entityTag = {
  description:
    'Changes with the keys; left out for a caller that sends neither Accept nor User-Agent.',
  schema: { type: 'string' },
}

const administrationPaths = {
  '/rules': get({
    name: 'list_rules',
    summary: 'The rules that are loaded, in the order of their sources.',
    parameters: [
      page('limit', 'How many at most; 50 without it, never more than 500.'),
      page('offset', 'How many are left out before.'),
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
    summary: 'Whether the process answers.',
    responses: { 200: answer('It does.', reference('Health')) },
  }),
  '/health/ready': get({
    name: 'is_ready',
    summary: 'Whether requests may be sent here.',
    responses: {
      200: answer('They may.', reference('Health')),
      503: problem(
        'No rule is loaded or none could be compiled, the server is stopping, or it waits for a source of rules.',
      ),
    },
  }),
  '/.well-known/jwks.json': get({
    name: 'get_public_keys',
    summary: 'The public keys of the tokens that id_token makes.',
    responses: {
      200: { ...answer('The keys.', reference('KeySet')), headers: { ETag: entityTag } },
      304: { description: 'They are those of If-None-Match.', headers: { ETag: entityTag } },
      500: problem('There is no key set, or none could be read.'),
    },
  }),
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
      'The API port: decisions, and what the server tells of itself. It has no credentials of its own: who reaches the port may ask.',
    version,
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  tags: [{ name: 'decisions' }, { name: 'administration' }],
  paths: { ...decisionPaths, ...administrationPaths },
  components: { schemas },
})
