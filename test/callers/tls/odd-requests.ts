/** What HTTP/2 can say and HTTP/1.1 cannot, or not so. */
import type { Fields, Http2Ask } from '../../support/raw-http2.ts'

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
  [':path', parts.path ?? '/judged/a'],
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

const smuggled = 'GET /admin HTTP/1.1\r\nHost: app.example\r\n\r\n'

const paths = [
  '/judged/../judged/a',
  '/judged/../admin',
  '/admin/../judged/a',
  '/judged/./a',
  '/judged/%2e%2e/admin',
  '/admin/%2e%2e/judged/a',
  '/judged/a%2fb',
  '/judged%2fa',
  '/judged//a',
  '//judged/a',
  '//admin/../judged/a',
  '//other.example/judged/a',
  '/judged\\a',
  '/judged/..\\admin',
  '/judged/a#b',
  '/judged#/../../admin',
  '/judged/a?x#y',
  '/judged/a;b=c',
  '/judged/..;/admin',
  '/judged/a b',
  '/judged/a HTTP/1.1',
  '/judged/a HTTP/1.1\r\nX-User: root\r\nX: ',
  '/judged/a\r\n',
  '/judged/a\t',
  '/judged/a\0/../../admin',
  '/judged/\xe9',
  '/judged/\xc3\xa9',
  '/judged/%c3%a9',
  '/judged/a%20b',
  '/judged/%61',
  '/%6audged/a',
  '/JUDGED/a',
  '/judged/a/',
  'judged/a',
  '',
  '*',
  '?/judged/a',
  'https://app.example/judged/a',
  'http://app.example/judged/a',
  'https://other.example/judged/a',
  'https://app.example/admin',
  'https:/judged/a',
  '@other.example/judged/a',
  ':80/judged/a',
  '.other.example/judged/a',
]

const authorities = [
  'APP.example',
  'app.example:444',
  'app.example:',
  'app.example.',
  'user@app.example',
  'app.example/admin?',
  'app.example#',
  'app.example?x',
  'app.example\\',
  'app example',
  'app.example, other.example',
  'app.example\r\nX-User: root',
  'app.example\0',
  '[::1]',
  '[::1',
  '',
  '\xe9.example',
  'app.example%2fadmin',
]

const methods = [
  ...['get', 'Get', 'GET ', '"GET"', '', 'G\0T', 'TRACE', 'CONNECT', 'PRI', 'OPTIONS'],
  'GET /admin HTTP/1.1\r\nX: ',
]

const schemes = [
  ...['http', 'HTTPS', 'ftp', 'wss', 'javascript', '', 'http://x/\r\n'],
  'https://app.example/admin?',
]

/** Each with the value `root`. */
const names = [
  ...['X-User', 'X-USER', 'x_user', 'X_User', 'x-user ', ' x-user', 'x-user\t', 'x-user:'],
  ...[':x-user', 'x-user\0', 'x-user\r\nx-a', 'x-a: b\r\nx-user', 'x-user\x0b', 'x-us\xadr', ''],
]

const values = [
  ...['a\r\nx-user: root', 'a\nx-user: root', 'a\rx-user: root', 'a\0b', ' a ', '\x0b', '\xff'],
  `\r\n\r\n${smuggled}`,
]

const each = (kind: string, texts: readonly string[], toAsk: (text: string) => Http2Ask) =>
  texts.map(text => [`${kind} ${JSON.stringify(text)}`, toAsk(text)] as const)

const other = ['host', 'other.example'] as const

export const oddRequests: readonly (readonly [what: string, request: Http2Ask])[] = [
  ...each('path', paths, path => ({ fields: fields({ path }) })),
  ...each('authority', authorities, authority => ({ fields: fields({ authority }) })),
  ...each('method', methods, method => ({ fields: fields({ method }) })),
  ...each('scheme', schemes, scheme => ({ fields: fields({ scheme }) })),
  ...each('name', names, name => withFields([name, 'root'])),
  ...each('value', values, value => withFields(['x-a', value])),
  ['another host beside the authority', withFields(other)],
  ['two hosts beside the authority', withFields(['host', 'app.example'], other)],
  ['a host before the authority', first(other)],
  ['a host alone', without(':authority', ['host', 'app.example'])],
  ['two hosts', without(':authority', ['host', 'app.example'], other)],
  ['no host at all', without(':authority')],
  ['two authorities', first([':authority', 'other.example'])],
  ['two paths', first([':path', '/admin'])],
  ['two paths, the other first', withFields([':path', '/admin'])],
  ['two methods', first([':method', 'DELETE'])],
  ['two schemes', first([':scheme', 'http'])],
  ...[':path', ':method', ':scheme'].map(name => [`no ${name}`, without(name)] as const),
  ['a path behind a header', without(':path', ['x-a', 'b'], [':path', '/judged/a'])],
  ['an unknown pseudo-header', withFields([':upstream', 'other.example'])],
  ['one of answers', withFields([':status', '200'])],
  ['a protocol without CONNECT', withFields([':protocol', 'websocket'])],
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
  ['a body of GET', { ...withFields(), body: Buffer.from('hello') }],
  ['a path as trailer', { ...posted('hello'), trailers: [[':path', '/admin']] }],
  ['framing as trailer', { ...posted('hello'), trailers: [['transfer-encoding', 'chunked']] }],
  ['a host as trailer', { ...posted('hello', ['trailer', 'host']), trailers: [other] }],
]

export const withTrailers: Http2Ask = {
  ...posted('hello', ['trailer', 'x-user, x-name']),
  trailers: [
    ['x-user', 'root'],
    ['x_user', 'root'],
    ['x-name', 'root'],
  ],
}
