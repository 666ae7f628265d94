/**
 * redirect: redirects the caller, usually to a login page.
 *
 * Takes       `to`, and `return_to_query_param`: the parameter of `to` that carries the URL of the request.
 * Gives       `code` with a Location, and for a GET a short page.
 *
 * The carried URL consists of the scheme, host and path that were matched, never of headers from an untrusted client.
 * It is left out unless the scheme is http, https, ws or wss.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { statusText } from '../../lib/http-status.ts'
import { readQuery, writeQuery } from '../../lib/query.ts'
import { cleanPath, escapeMatchedPath, escapePath, unescapeLike } from '../../lib/url-path.ts'
import type { HeaderMap } from '../../model/headers.ts'
import type { AccessRequest } from '../../model/request.ts'
import type { Answer, Kind } from '../kind.ts'
import { whenSchema } from './when-schema.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['to'],
  properties: {
    to: { type: 'string', format: 'uri-reference', description: 'Where the caller is sent.' },
    code: {
      type: 'integer',
      enum: [301, 302],
      default: 302,
      description: 'The status of the answer.',
    },
    return_to_query_param: {
      type: 'string',
      pattern: '^[A-Za-z0-9,._~-]*$',
      default: '',
      description: 'The query parameter that carries the URL of the request; empty: no parameter.',
    },
    when: whenSchema,
  },
} as const

type Config = FromSchema<typeof schema>

export const redirect: Kind<Config, Answer> = {
  schema,
  create: ({ to, code, return_to_query_param: parameter }) => {
    if (/[\r\n\0]/.test(to))
      throw new Error('to: found a line break or NUL, which a header cannot contain')
    const target = parameter === '' ? () => to : withReturn(to, parameter)
    return (_, request) => {
      const location = resolved(target(request), request.path)
      return {
        kind: 'reply',
        status: code,
        headers: headersFor(request.method, escapeBytes(location)),
        body: request.method === 'GET' ? page(location, code) : '',
      }
    }
  },
}

const html: readonly string[] = ['text/html; charset=utf-8']

const headersFor = (method: string, location: string): HeaderMap =>
  new Map([
    ['Location', [location]],
    ...(method === 'GET' || method === 'HEAD' ? [['Content-Type', html] as const] : []),
  ])

const page = (location: string, code: number): string =>
  `<a href="${escapeHtml(location)}">${statusText(code)}</a>.\n\n`

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, mark => entities[mark] ?? '')

/** Escapes bytes beyond ASCII in lower case, as Oathkeeper does. */
const escapeBytes = (text: string): string =>
  text.replace(/[\x80-\xff]/g, byte => `%${byte.charCodeAt(0).toString(16)}`)

/** Sets the parameter in `to`: the query is sorted, the fragment is kept. */
function withReturn(to: string, parameter: string): (request: AccessRequest) => string {
  const [rest = '', ...fragments] = to.split('#')
  const [base = '', ...queries] = rest.split('?')
  const fragment = fragments.length === 0 ? '' : `#${fragments.join('#')}`
  const others = readQuery(queries.join('?')).filter(([name]) => name !== parameter)
  return request => {
    const url = urlOf(request)
    if (url === undefined) return to
    return `${base}?${writeQuery([...others, [parameter, url]])}${fragment}`
  }
}

const webScheme = /^(?:http|ws)s?$/

function urlOf(request: AccessRequest): string | undefined {
  const { scheme, host, query } = request
  if (!webScheme.test(scheme)) return undefined
  return `${scheme}://${host}${encodedPath(request)}${query === '' ? '' : `?${query}`}`
}

/** The path as the client wrote it, if it decodes to the path that was matched. */
function encodedPath({ path, pathEscapes, writtenPath, raw }: AccessRequest): string {
  if (pathEscapes === 'all') return escapeRest(writtenPath ?? path)
  const [written = ''] = (writtenPath ?? raw.target).split('?', 1)
  return unescapeLike(pathEscapes, written) === path
    ? escapeRest(written)
    : escapeMatchedPath(path, pathEscapes)
}

/** Escapes a path that already contains escapes. */
const escapeRest = (path: string): string =>
  path.replace(/%[0-9A-Fa-f]{2}|[^%]+|%/g, part =>
    part.length > 1 && part.startsWith('%') ? part : escapePath(part),
  )

/** A target without scheme and leading slash is relative to the folder of the request's path. */
function resolved(target: string, path: string): string {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(target)) return target
  const mark = target.search(/[?]/)
  const [file, query] = mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark)]
  const folder = path.slice(0, path.lastIndexOf('/') + 1) || '/'
  const whole = file.startsWith('/') ? file : folder + file
  // Two slashes begin another host: allowed in `to`, not in a request's path.
  return (target.startsWith('//') ? whole : cleaned(whole)) + query
}

/** Cleans a path and keeps its slash at the end. */
function cleaned(path: string): string {
  const clean = cleanPath(path)
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean
}
