/**
 * www_authenticate: requests Basic credentials from the caller.
 *
 * Takes       `realm`, the realm of the challenge.
 * Gives       401 with `WWW-Authenticate`, for every failure.
 */
import type { FromSchema } from 'json-schema-to-ts'
import type { Reply } from '../../model/decision.ts'
import type { Answer, Kind } from '../kind.ts'
import { challenge } from './challenge.ts'
import { whenSchema } from './when-schema.ts'

const realmByDefault = 'Please authenticate.'

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    realm: {
      type: 'string',
      default: realmByDefault,
      description: 'The realm of the challenge; empty: the default one.',
    },
    when: whenSchema,
  },
} as const

type Config = FromSchema<typeof schema>

export const wwwAuthenticate: Kind<Config, Answer> = {
  schema,
  create: ({ realm }) => {
    const reply: Reply = {
      kind: 'reply',
      status: 401,
      headers: new Map([
        ['Content-Type', ['text/plain; charset=utf-8']],
        ['WWW-Authenticate', [challenge('Basic', [['realm', realm || realmByDefault]])]],
        ['X-Content-Type-Options', ['nosniff']],
      ]),
      body: 'Unauthorized\n',
    }
    return () => reply
  },
}
