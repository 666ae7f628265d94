/**
 * cookie: sets cookies for the upstream.
 *
 * Takes       `cookies`: name to template over the session.
 * Gives       Session.headers with `Cookie`: these cookies in the order of the config, then the request's
 *             other cookies unchanged. Cookies of the request with the same names are removed.
 * Fails with  internal_server_error when a template fails.
 * Owns        Cookie.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { type Cookie, readCookies, writeCookie } from '../../lib/cookies.ts'
import { isHeaderName } from '../../lib/header-name.ts'
import { withSession } from '../../model/session.ts'
import type { Kind, Step } from '../kind.ts'
import { compileFields, renderAll } from '../templates.ts'
import { requestCookies } from '../upstream-headers.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['cookies'],
  properties: {
    cookies: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Cookie name to value; values are templates over the session.',
    },
  },
} as const

type Config = FromSchema<typeof schema>

const unquoted = (name: string, value: string): Cookie => ({ name, value, quoted: false })

export const cookie: Kind<Config, Step> = {
  schema,
  templates: ['cookies'],
  owns: () => ['Cookie'],
  create: ({ cookies }, { templateSettings }) => {
    for (const name of Object.keys(cookies)) checkName(name)
    const templates = compileFields('cookies', cookies, templateSettings)
    const names = new Set(Object.keys(cookies))
    return (session, request) => {
      const rendered = renderAll(templates, session)
      if ('kind' in rendered) return rendered
      const own = rendered.map(([name, value]) => unquoted(name, value))
      const others = readCookies(requestCookies(session, request)).filter(
        ({ name }) => !names.has(name),
      )
      const line = [...own, ...others].map(writeCookie).join('; ')
      // Without any cookie the header is not set, and the client's own is removed.
      if (line === '') return session
      return withSession(session, { headers: new Map(session.headers).set('Cookie', [line]) })
    }
  },
}

function checkName(name: string): void {
  if (!isHeaderName(name))
    throw new Error(`cookies: found ${JSON.stringify(name)}, expected a cookie name`)
}
