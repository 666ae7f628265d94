/**
 * header: sets request headers for the upstream.
 *
 * Takes       `headers`: name to template over the session.
 * Gives       Session.headers with each name set to its rendered value, even an empty one.
 * Fails with  internal_server_error when a template fails.
 * Owns        every configured name: the client's own value is never passed on.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { canonicalHeaderName, isHeaderName } from '../../lib/header-name.ts'
import { withSession } from '../../model/session.ts'
import type { Kind, Step } from '../kind.ts'
import { compileFields } from '../templates.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['headers'],
  properties: {
    headers: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Header name to value; values are templates over the session.',
    },
  },
} as const

type Config = FromSchema<typeof schema>

export const header: Kind<Config, Step> = {
  schema,
  templates: ['headers'],
  owns: ({ headers }) => Object.keys(headers).filter(isHeaderName).map(canonicalHeaderName),
  create: ({ headers }, { templateSettings }) => {
    const named = Object.entries(headers).filter(([name]) => isHeaderName(name))
    const templates = compileFields('headers', Object.fromEntries(named), templateSettings).map(
      ({ name, render }) => ({ name: canonicalHeaderName(name), render }),
    )
    return session => {
      const set = new Map(session.headers)
      for (const { name, render } of templates) {
        const value = render(session)
        if (typeof value !== 'string') return value
        set.set(name, [value])
      }
      return withSession(session, { headers: set })
    }
  },
}
