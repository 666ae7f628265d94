/**
 * json: answers with a JSON error body.
 *
 * Takes       `verbose`: show the message, reason and details of the failure instead of a general text.
 * Gives       the failure's status, `Content-Type: application/json`, an empty `Ory-Error-Id`, and for a
 *             429 the rate-limit headers.
 */
import type { FromSchema } from 'json-schema-to-ts'
import type { Answer, Kind } from '../kind.ts'
import { plainText, renderError } from './error-body.ts'
import { whenSchema } from './when-schema.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    verbose: {
      type: 'boolean',
      default: false,
      description:
        'Show reasons and details. For development: they reveal your configuration to callers.',
    },
    when: whenSchema,
  },
} as const

type Config = FromSchema<typeof schema>

export const json: Kind<Config, Answer> = {
  schema,
  create: ({ verbose }) => {
    const errorText = verbose ? verboseText : plainText
    return (failure, request) =>
      renderError({
        failure,
        text: errorText(failure),
        requestId: request.headers.first('x-request-id'),
      })
  },
}

const verboseText: typeof plainText = ({ info }) => info
