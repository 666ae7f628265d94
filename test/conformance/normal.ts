import { createHash } from 'node:crypto'
import { anonymise, clean } from './anonymise.ts'
import { canonical } from './canonical.ts'
import { isMap } from './compare.ts'
import type { Context } from './context.ts'
import { firstOf, hasHeader, toPairs } from './headers.ts'
import type { Call } from './stub.ts'
import type { Data, DataMap, Pair, Request } from './types.ts'
import { escapedUtf8 } from './utf8.ts'

/** Headers that are not part of a decision, or that tracing adds. */
const volatile = {
  answer: new Set([
    'date',
    'server',
    'connection',
    'keep-alive',
    'content-length',
    'transfer-encoding',
  ]),
  call: new Set([
    'connection',
    'content-length',
    'transfer-encoding',
    'traceparent',
    'tracestate',
    'b3',
    'uber-trace-id',
    'keep-alive',
    'expect',
  ]),
} as const

/** Lower-case names; one value as a string, several as a list in order. */
export function normalHeaders(
  context: Context,
  headers: readonly Pair[],
  side: 'answer' | 'call',
): DataMap {
  const grouped = new Map<string, Data[]>()
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    if (volatile[side].has(key) || (key === 'ory-error-id' && value === '')) continue
    const values = grouped.get(key) ?? []
    grouped.set(key, [...values, normalValue(context, key, value)])
  }
  return Object.fromEntries(
    [...grouped].map(([key, values]) => [key, values.length === 1 ? (values[0] ?? '') : values]),
  )
}

function normalValue(context: Context, key: string, value: string): Data {
  const cleaned = clean(context, escapedUtf8(Buffer.from(value, 'latin1')))
  if (key !== 'cookie' || typeof cleaned !== 'string') return cleaned
  return cleaned.split('; ').sort().join('; ')
}

interface Entity {
  readonly headers: readonly Pair[]
  readonly body: Buffer
}

/** The answer's body: JSON as a structure, long text as its hash, a 404 page only as such. */
export function normalBody(context: Context, { headers, body }: Entity, request: Request): DataMap {
  if (body.length === 0) return {}
  const text = body.toString('utf8')
  const type = firstOf(headers, 'content-type')
  if (type.includes('json')) return normalJson(context, text, request)
  if (type.includes('html') && text.includes('<title>404'))
    return { text: '<a page that says 404>' }
  const anonymous = anonymise(context, text)
  if ([...text].length <= 1500) return { text: anonymous }
  return { text_sha256: createHash('sha256').update(anonymous).digest('hex') }
}

function normalJson(context: Context, text: string, request: Request): DataMap {
  const value = parseJson(text)
  if (value === undefined) return { text: clean(context, text) }
  const own = hasHeader(toPairs(request.headers), 'x-request-id')
  const settled = sortKeys(own ? value : withoutRequestId(value))
  return { json: (request.path ?? '').includes('jwks') ? settled : clean(context, settled) }
}

/** The server generates an id that the client did not send. */
function withoutRequestId(value: Data): Data {
  if (!isMap(value) || !isMap(value['error'])) return value
  const { request: _, ...error } = value['error']
  return { ...value, error }
}

function sortKeys(value: Data): Data {
  if (!isMap(value) || !Array.isArray(value['keys'])) return value
  const keys = value['keys'].map((key: Data) => ({ key, text: canonical(key) }))
  keys.sort((a, b) => (a.text < b.text ? -1 : 1))
  return { ...value, keys: keys.map(({ key }) => key) }
}

function parseJson(text: string): Data | undefined {
  try {
    return JSON.parse(text) as Data
  } catch {
    return undefined
  }
}

/** A request that a stub received. Names of client libraries are compared only if the case sent them. */
export function normalCall(context: Context, call: Call, request: Request): DataMap {
  const sent = toPairs(request.headers).map(([name, value]) => `${name.toLowerCase()}: ${value}`)
  const headers = call.headers.filter(([name, value]) => {
    const key = name.toLowerCase()
    return !['user-agent', 'accept-encoding'].includes(key) || sent.includes(`${key}: ${value}`)
  })
  return {
    stub: call.stub,
    method: call.method,
    target: anonymise(context, call.target),
    headers: normalHeaders(context, headers, 'call'),
    ...normalCallBody(context, call),
  }
}

function normalCallBody(context: Context, call: Call): DataMap {
  const text = call.body.toString('utf8')
  if (text === '') return {}
  const type = firstOf(call.headers, 'content-type')
  const json = type.includes('json') ? parseJson(text) : undefined
  if (json !== undefined) return { json: clean(context, withoutRequestTime(json)) }
  if (type.includes('x-www-form-urlencoded')) return { form: clean(context, formOf(text)) }
  return { text: anonymise(context, text) }
}

function withoutRequestTime(value: Data): Data {
  if (!isMap(value) || !isMap(value['context']) || !('requestedAt' in value['context']))
    return value
  return { ...value, context: { ...value['context'], requestedAt: '<time>' } }
}

const formOf = (text: string): Data =>
  [...new URLSearchParams(text)].sort(([a, x], [b, y]) =>
    a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1,
  )
