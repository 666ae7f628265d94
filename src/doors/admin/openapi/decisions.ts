/** What `/decisions` and everything below answers. Its methods are the caller's: each is a question. */
import type { JsonObject } from '../../../lib/json.ts'
import { reference } from './schemas.ts'

const json = { 'application/json': { schema: reference('Error') } }

const denials = {
  400: 'The request cannot be judged safely.',
  401: 'The credential is missing or was refused.',
  403: 'The authorizer said no.',
  404: 'No rule matches.',
  413: 'The body is longer than limits.body.bytes.',
  414: 'The request target is longer than limits.path.bytes.',
  429: 'A service that was asked wants to be asked more slowly.',
  500: 'Several rules match, or the one that does is broken.',
  502: 'A service that was asked did not answer properly.',
  503: 'More requests at once than limits.requests.concurrent.',
  504: 'The decision took longer than it may.',
} as const

const responses = {
  200: {
    description:
      'The request may pass. The headers are those that the mutators set; there is no body.',
  },
  ...Object.fromEntries(
    Object.entries(denials).map(([status, description]) => [
      status,
      { description, content: json },
    ]),
  ),
  default: {
    description: 'Whatever an error handler of the rule answers, for example a redirect.',
  },
}

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options', 'trace']

/** Every method of a path, with names that no other path has. */
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
          'Method, path, query and headers are those of the request that is judged, unless a trusted proxy sends X-Forwarded-* (serve.api.forwarded).',
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
        description: 'The path of the request that is judged; slashes are not escaped.',
        schema: { type: 'string' },
      },
    ],
  }),
}
