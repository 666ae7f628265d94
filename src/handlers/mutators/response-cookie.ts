/**
 * response_cookie: sets cookies of the client when the request is allowed.
 *
 * Takes       `cookies`: name to template over the session, or to an object with `value` and attributes.
 * Gives       a Set-Cookie line for each in the answer to the client, with `Path=/; Secure; HttpOnly; SameSite=Lax` unless
 *             the attributes say otherwise. The upstream's own cookies stay.
 * Fails with  internal_server_error when a template fails, or a value has a blank, a quote, a comma, a semicolon, a
 *             backslash or a byte beyond ASCII, or is longer than browsers keep: encode it, with `urlquery` or `b64enc`.
 *
 * Names that begin with `__Host-` or `__Secure-` must have the attributes that browsers demand of them. What
 * response_header says of callers holds for cookies, too; a caller that copies one line only keeps the first cookie.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { type Failure, failure } from '../../model/failure.ts'
import { type Session, withEdits } from '../../model/session.ts'
import type { Kind, Step } from '../kind.ts'
import { compileField, type TemplateSettings } from '../templates.ts'
import { attributesOf, checkCookieName } from './response/cookie-attributes.ts'

const cookieSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['value'],
  properties: {
    value: { type: 'string', description: 'The value: a template over the session.' },
    path: { type: 'string', default: '/', description: 'Where the client sends it.' },
    domain: {
      type: 'string',
      default: '',
      description: 'The domain that gets it with its subdomains. Empty: this host alone.',
    },
    max_age: {
      type: 'integer',
      minimum: 0,
      description: 'Seconds until it ends; 0: it is deleted. Missing: it ends with the session.',
    },
    same_site: {
      type: 'string',
      enum: ['Strict', 'Lax', 'None'],
      default: 'Lax',
      description: 'Whether requests from other sites carry it. `None` needs `secure`.',
    },
    secure: { type: 'boolean', default: true, description: 'It is sent over TLS alone.' },
    http_only: { type: 'boolean', default: true, description: 'Scripts cannot read it.' },
  },
} as const

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['cookies'],
  properties: {
    cookies: {
      type: 'object',
      additionalProperties: { oneOf: [{ type: 'string' }, cookieSchema] },
      description:
        'Cookie name to value, a template over the session, or to an object with the value and its attributes.',
    },
  },
} as const

type Config = FromSchema<typeof schema>
type Cookie = Config['cookies'][string]

export const responseCookie: Kind<Config, Step> = {
  schema,
  isCompletedByRules: true,
  templates: ['cookies'],
  answers: () => ['Set-Cookie'],
  create: ({ cookies }, { templateSettings }) => {
    const compiled = Object.entries(cookies).map(([name, written]) =>
      compileCookie(name, written, templateSettings),
    )
    return session => {
      const lines: string[] = []
      for (const render of compiled) {
        const line = render(session)
        if (typeof line !== 'string') return line
        lines.push(line)
      }
      return withEdits(session, ({ response }) => ({
        response: new Map(response).set('Set-Cookie', [
          ...(response.get('Set-Cookie') ?? []),
          ...lines,
        ]),
      }))
    }
  },
}

function compileCookie(
  name: string,
  written: Cookie,
  settings: TemplateSettings,
): (session: Session) => string | Failure {
  checkCookieName(name)
  const [key, value, own] =
    typeof written === 'string' ? [name, written, {}] : [`${name}.value`, written.value, written]
  const attributes = attributesOf(name, own)
  const render = compileField(`cookies.${key}`, value, settings)
  return session => {
    const value = render(session)
    if (typeof value !== 'string') return value
    const problem = problemOf(name, value)
    return problem === undefined ? `${name}=${value}${attributes}` : unusable(name, problem)
  }
}

/** RFC 6265 §4.1.1, without quotes around it. */
const octets = /^[!#-+\--:<-[\]-~]*$/
/** Browsers ignore a cookie whose name and value are longer. */
const longest = 4096

function problemOf(name: string, value: string): string | undefined {
  if (!octets.test(value)) return 'has a character that a cookie cannot contain'
  return name.length + value.length > longest ? `is longer than ${longest} bytes` : undefined
}

const unusable = (name: string, problem: string): Failure =>
  failure('internal_server_error', { message: `the value of cookie ${name} ${problem}` })
