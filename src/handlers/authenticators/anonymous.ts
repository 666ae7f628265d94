/**
 * anonymous: accepts callers without credentials.
 *
 * Takes       a request whose first `Authorization` value is absent or empty; else it is not responsible.
 * Gives       Session { subject: the configured one }; extra unchanged.
 * Fails with  nothing.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { withSession } from '../../model/session.ts'
import { type Authenticate, type Kind, notResponsible } from '../kind.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    subject: {
      type: 'string',
      default: 'anonymous',
      description: 'The subject of every caller without credentials; empty means `anonymous`.',
    },
  },
} as const

type Config = FromSchema<typeof schema>

export const anonymous: Kind<Config, Authenticate> = {
  schema,
  create: config => {
    const changes = { subject: config.subject || 'anonymous' }
    return (session, request) =>
      request.headers.first('authorization') ? notResponsible : withSession(session, changes)
  },
}
