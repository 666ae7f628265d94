/**
 * cookie_session: asks a session store to whom the request's cookies belong.
 *
 * Takes       a request with a cookie (one of `only`, if that is set); else it is not responsible.
 * Gives       Session { subject, extra } from the store's JSON answer, selected by GJSON paths.
 * Fails with  unauthorized for any status but 200, an answer that is not JSON or has no subject;
 *             too_many_requests; forbidden when the store is unreachable or a path selects a wrong type.
 *
 * Redirects of the store are not followed, because a login page would count as a session.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { readCookies } from '../../lib/cookies.ts'
import type { AccessRequest } from '../../model/request.ts'
import { type Authenticate, type Kind, notResponsible } from '../kind.ts'
import { compileCall } from './session/call.ts'
import { compileCheck } from './session/check.ts'
import { checkSchema, extraFromSchema, texts } from './session/schema.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['check_session_url'],
  properties: {
    ...checkSchema,
    only: {
      ...texts,
      description: 'Names of the cookies that are checked. Without it: all cookies.',
    },
    subject_from: {
      type: 'string',
      default: 'subject',
      description: 'GJSON path of the subject in the answer; empty: `subject`.',
    },
    extra_from: extraFromSchema,
  },
} as const

type Config = FromSchema<typeof schema>

export const cookieSession: Kind<Config, Authenticate> = {
  schema,
  asksOutside: true,
  credentials: ({ only = [] }) => only.map(name => ({ in: 'cookie', name })),
  create: (config, { http }) => {
    const makeCall = compileCall(config, ['Cookie'])
    const check = compileCheck(http, {
      subject: config.subject_from || 'subject',
      extra: config.extra_from || 'extra',
    })
    const only = new Set(config.only)
    return (session, request) => {
      const name = cookieThatCounts(request, only)
      if (name === undefined) return notResponsible
      return check(session, makeCall(request), { in: 'cookie', name })
    }
  },
}

function cookieThatCounts(
  { headers }: AccessRequest,
  only: ReadonlySet<string>,
): string | undefined {
  const cookies = readCookies(headers.all('cookie'))
  return cookies.find(({ name }) => only.size === 0 || only.has(name))?.name
}
