/** Requests that can be written in HTTP/2 only, or differently than in HTTP/1.1. */
import type { Fields, Http2Ask } from '../../support/raw-http2.ts'
import { authorities, methods, names, paths, smuggled, values } from './texts.ts'

interface Parts {
  readonly method?: string
  readonly scheme?: string
  readonly authority?: string
  readonly path?: string
}

const fields = (parts: Parts = {}): Fields => [
  [':method', parts.method ?? 'GET'],
  [':scheme', parts.scheme ?? 'https'],
  [':authority', parts.authority ?? 'app.example'],
  [':path', parts.path ?? '/matched/a'],
]

const withFields = (...more: Fields): Http2Ask => ({ fields: [...fields(), ...more] })
const first = (...before: Fields): Http2Ask => ({ fields: [...before, ...fields()] })
const without = (name: string, ...more: Fields): Http2Ask => ({
  fields: [...fields().filter(([found]) => found !== name), ...more],
})
const posted = (body: string, ...more: Fields): Http2Ask => ({
  fields: [...fields({ method: 'POST' }), ...more],
  body: Buffer.from(body),
})

const schemes = [
  ...['http', 'HTTPS', 'ftp', 'wss', 'javascript', '', 'http://x/\r\n'],
  'https://app.example/admin?',
]

const each = (kind: string, texts: readonly string[], toAsk: (text: string) => Http2Ask) =>
  texts.map(text => [`${kind} ${JSON.stringify(text)}`, toAsk(text)] as const)

const other = ['host', 'other.example'] as const

type OddHttp2 = readonly (readonly [what: string, request: Http2Ask])[]

const requests: OddHttp2 = [
  ...each('path', paths, path => ({ fields: fields({ path }) })),
  ...each('authority', authorities, authority => ({ fields: fields({ authority }) })),
  ...each('method', methods, method => ({ fields: fields({ method }) })),
  ...each('scheme', schemes, scheme => ({ fields: fields({ scheme }) })),
  ...each('name', names, name => withFields([name, 'root'])),
  ...each('value', values, value => withFields(['x-a', value])),
  ['Host differs from :authority', withFields(other)],
  ['two Host fields and :authority', withFields(['host', 'app.example'], other)],
  ['Host before :authority', first(other)],
  ['Host without :authority', without(':authority', ['host', 'app.example'])],
  ['two hosts', without(':authority', ['host', 'app.example'], other)],
  ['neither Host nor :authority', without(':authority')],
  ['two authorities', first([':authority', 'other.example'])],
  ['two paths', first([':path', '/admin'])],
  ['two :path fields, the other one first', withFields([':path', '/admin'])],
  ['two methods', first([':method', 'DELETE'])],
  ['two schemes', first([':scheme', 'http'])],
  ...[':path', ':method', ':scheme'].map(name => [`no ${name}`, without(name)] as const),
  [':path after a regular field', without(':path', ['x-a', 'b'], [':path', '/matched/a'])],
  ['an unknown pseudo-header', withFields([':upstream', 'other.example'])],
  ['a pseudo-header of responses', withFields([':status', '200'])],
  [':protocol without CONNECT', withFields([':protocol', 'websocket'])],
  ['transfer-encoding', posted(`0\r\n\r\n${smuggled}`, ['transfer-encoding', 'chunked'])],
  ['transfer-encoding without a body', withFields(['transfer-encoding', 'chunked'])],
  ['content-length 0 and a body', posted(smuggled, ['content-length', '0'])],
  ['content-length too short', posted(smuggled, ['content-length', '3'])],
  ['content-length too long', posted('hello', ['content-length', '500'])],
  ['content-length twice', posted('hello', ['content-length', '5'], ['content-length', '0'])],
  ['content-length with a sign', posted('hello', ['content-length', '+5'])],
  ['content-length without a body', withFields(['content-length', '5'])],
  ['connection', withFields(['connection', 'x-user'])],
  ['connection: close', withFields(['connection', 'close'])],
  ['keep-alive', withFields(['keep-alive', '5'])],
  ['proxy-connection', withFields(['proxy-connection', 'x-user'])],
  ['upgrade', withFields(['upgrade', 'websocket'])],
  ['an upgrade to h2c', withFields(['connection', 'upgrade'], ['upgrade', 'h2c'])],
  ['te', withFields(['te', 'gzip'])],
  ['expect', posted('hello', ['expect', '100-continue'])],
  ['a body', posted('hello')],
  ['GET with a body', { ...withFields(), body: Buffer.from('hello') }],
  [':path as trailer', { ...posted('hello'), trailers: [[':path', '/admin']] }],
  [
    'framing headers as trailers',
    { ...posted('hello'), trailers: [['transfer-encoding', 'chunked']] },
  ],
  ['Host as trailer', { ...posted('hello', ['trailer', 'host']), trailers: [other] }],
]

export const withTrailers: Http2Ask = {
  ...posted('hello', ['trailer', 'x-user, x-name']),
  trailers: [
    ['x-user', 'root'],
    ['x_user', 'root'],
    ['x-name', 'root'],
  ],
}

type Scheme = 'http' | 'https'

/** For a listener of that scheme: the other scheme is unusual there. */
export const oddHttp2 = (scheme: Scheme): OddHttp2 =>
  requests.map(([what, request]) => [what, inScheme(scheme, request)])

export const inScheme = (scheme: Scheme, request: Http2Ask): Http2Ask =>
  scheme === 'https' ? request : { ...request, fields: request.fields.map(exchange) }

const exchanged = new Map([
  ['http', 'https'],
  ['https', 'http'],
])

const exchange = ([name, value]: Fields[number]): Fields[number] => [
  name,
  name === ':scheme' ? (exchanged.get(value) ?? value) : value,
]
