/** The paths `/decisions` and `/decisions/{path}`. Every method asks for a decision. */
import type { JsonObject } from '../../../lib/json.ts'
import { reference } from './schemas.ts'

const json = { 'application/json': { schema: reference('Error') } }

const denials = {
  400: 'The request is not valid, or not safe to match.',
  401: 'The credential is missing or was rejected.',
  403: 'The authorizer denied the request.',
  404: 'No rule matches.',
  413: 'The body is longer than limits.body.bytes.',
  414: 'The request target is longer than limits.path.bytes.',
  429: 'A service that a handler called asks for fewer requests.',
  500: 'Several rules match, or the matching rule is not valid.',
  502: 'A service that a handler called did not answer, or its answer is not valid.',
  503: 'More concurrent requests than limits.requests.concurrent.',
  504: 'The decision took longer than its time limit.',
} as const

const responses = {
  200: {
    description:
      'The request is allowed. The headers are those that the mutators set; the body is empty.',
  },
  ...Object.fromEntries(
    Object.entries(denials).map(([status, description]) => [
      status,
      { description, content: json },
    ]),
  ),
  default: {
    description: 'The answer of an error handler of the rule, for example a redirect.',
  },
}

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace']

/** All methods of a path; `name` makes the operation ids unique. */
const everyMethod = (name: string, more: JsonObject = {}): JsonObject => ({
  ...more,
  ...Object.fromEntries(
    methods.map(method => [
      method,
      {
        operationId: `${name}_${method}`,
        tags: ['decisions'],
        summary: 'May this request pass?',
        description:
          'The decision is about the method, path, query and headers of this request, unless a trusted proxy sends X-Forwarded-* (serve.api.forwarded).',
        security: [{}],
        responses,
      },
    ]),
  ),
})

export const decisionPaths = {
  '/decisions': everyMethod('decide_root'),
  '/decisions/{path}': everyMethod('decide', {
    parameters: [
      {
        name: 'path',
        in: 'path',
        required: true,
        description: 'The path of the request to decide; slashes are not escaped.',
        schema: { type: 'string' },
      },
    ],
  }),
}
