/** What HTTP/2 can say and HTTP/1.1 cannot, or not in this way. */
import type { Fields, Http2Ask } from '../../support/raw-http2.ts'

interface Parts {
  readonly method?: string
  readonly scheme?: string
  readonly authority?: string
  readonly path?: string
}

const get = ({ method = 'GET', scheme = 'https', authority, path }: Parts = {}): Fields => [
  [':method', method],
  [':scheme', scheme],
  [':authority', authority ?? 'app.example'],
  [':path', path ?? '/judged/a'],
]

const withFields = (...fields: Fields): Http2Ask => ({ fields: [...get(), ...fields] })
const of = (parts: Parts): Http2Ask => ({ fields: get(parts) })
const without = (name: string, ...fields: Fields): Http2Ask => ({
  fields: [...get().filter(([found]) => found !== name), ...fields],
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
  'admin/../judged/a',
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
  'get',
  'Get',
  'GET ',
  'GET /admin HTTP/1.1\r\nX: ',
  '',
  'G\0T',
  'TRACE',
  'CONNECT',
  'PRI',
  'OPTIONS',
  '"GET"',
]
const schemes = ['http', 'HTTPS', 'ftp', 'wss', '', 'https://app.example/admin?', 'http://x/\r\n']

const names = [
  'X-User',
  'X-USER',
  'x_user',
  'x-user ',
  ' x-user',
  'x-user\t',
  'x-user:',
  ':x-user',
  'x-user\0',
  'x-user\r\nx-name',
  'x-name: b\r\nx-user',
  '',
  'x\x7fuser',
  'x-\xfcser',
  'x user',
  'x-user\x0b',
  'x-us\xadr',
]

const values = [
  'a\r\nx-user: root',
  'a\nx-user: root',
  'a\rx-user: root',
  'a\0b',
  ' root ',
  '\r\n\r\nGET /admin HTTP/1.1',
  '\x0b',
  '\x7f',
  '\xff',
]

const listed = (kind: string, texts: readonly string[], make: (text: string) => Http2Ask) =>
  texts.map(text => [`${kind} ${JSON.stringify(text)}`, make(text)] as const)

const small = Buffer.from('hello')

export const oddities: readonly (readonly [string, Http2Ask])[] = [
  ...listed('path', paths, path => of({ path })),
  ...listed('authority', authorities, authority => of({ authority })),
  ...listed('method', methods, method => of({ method })),
  ...listed('scheme', schemes, scheme => of({ scheme })),
  ...listed('name', names, name => withFields([name, 'root'])),
  ...listed('value', values, value => withFields(['x-a', value])),
  ['host beside authority', withFields(['host', 'other.example'])],
  ['same host beside authority', withFields(['host', 'app.example'])],
  ['two hosts beside authority', withFields(['host', 'app.example'], ['host', 'other.example'])],
  ['host before', { fields: [...get().slice(0, 2), ['host', 'other.example'], ...get().slice(2)] }],
  ['host alone', without(':authority', ['host', 'app.example'])],
  ['two hosts', without(':authority', ['host', 'app.example'], ['host', 'other.example'])],
  ['neither', without(':authority')],
  ['two authorities', { fields: [[':authority', 'other.example'], ...get()] }],
  ['two paths', { fields: [[':path', '/admin'], ...get()] }],
  ['two paths, other order', { fields: [...get(), [':path', '/admin']] }],
  ['two methods', { fields: [[':method', 'DELETE'], ...get()] }],
  ['two schemes', { fields: [[':scheme', 'http'], ...get()] }],
  ['no path', without(':path')],
  ['no method', without(':method')],
  ['no scheme', without(':scheme')],
  ['path after a header', without(':path', ['x-a', 'b'], [':path', '/judged/a'])],
  ['unknown pseudo', withFields([':upstream', 'x'])],
  ['status', withFields([':status', '200'])],
  ['protocol', withFields([':protocol', 'websocket'])],
  ['transfer-encoding', { ...withFields(['transfer-encoding', 'chunked']), body: small }],
  ['transfer-encoding without body', withFields(['transfer-encoding', 'chunked'])],
  [
    'smuggled chunked',
    {
      fields: [...get({ method: 'POST' }), ['transfer-encoding', 'chunked']],
      body: Buffer.from(`0\r\n\r\n${smuggled}`),
    },
  ],
  [
    'content-length short',
    { fields: [...get({ method: 'POST' }), ['content-length', '0']], body: Buffer.from(smuggled) },
  ],
  [
    'content-length short 3',
    { fields: [...get({ method: 'POST' }), ['content-length', '3']], body: Buffer.from(smuggled) },
  ],
  [
    'content-length long',
    { fields: [...get({ method: 'POST' }), ['content-length', '500']], body: small },
  ],
  [
    'content-length twice',
    {
      fields: [...get({ method: 'POST' }), ['content-length', '5'], ['content-length', '0']],
      body: small,
    },
  ],
  [
    'content-length odd',
    { fields: [...get({ method: 'POST' }), ['content-length', '+5']], body: small },
  ],
  ['content-length and no body', withFields(['content-length', '5'])],
  ['connection', withFields(['connection', 'x-user'])],
  ['connection close', withFields(['connection', 'close'])],
  ['keep-alive', withFields(['keep-alive', '5'])],
  ['proxy-connection', withFields(['proxy-connection', 'x-user'])],
  ['upgrade', withFields(['upgrade', 'websocket'])],
  [
    'upgrade h2c',
    withFields(
      ['connection', 'upgrade, http2-settings'],
      ['upgrade', 'h2c'],
      ['http2-settings', 'AAMAAABkAARAAAAAAAIAAAAA'],
    ),
  ],
  ['http2-settings', withFields(['http2-settings', 'AAMAAABkAARAAAAAAAIAAAAA'])],
  ['te trailers', withFields(['te', 'trailers'])],
  ['te gzip', withFields(['te', 'gzip'])],
  ['expect', { fields: [...get({ method: 'POST' }), ['expect', '100-continue']], body: small }],
  ['expect odd', withFields(['expect', 'x'])],
  ['body', { fields: get({ method: 'POST' }), body: small }],
  ['body on GET', { fields: get(), body: small }],
  [
    'trailers',
    {
      fields: get({ method: 'POST' }),
      body: small,
      trailers: [
        ['x-user', 'root'],
        ['x_user', 'root'],
        ['x-name', 'root'],
        ['x-t', '1'],
      ],
    },
  ],
  [
    'announced trailers',
    {
      fields: [...get({ method: 'POST' }), ['trailer', 'x-user, x-name, x-t']],
      body: small,
      trailers: [
        ['x-user', 'root'],
        ['x-name', 'root'],
        ['x-t', '1'],
      ],
    },
  ],
  ['trailers without body', { fields: get({ method: 'POST' }), trailers: [['x-user', 'root']] }],
  [
    'pseudo in trailers',
    { fields: get({ method: 'POST' }), body: small, trailers: [[':path', '/admin']] },
  ],
  [
    'connection in trailers',
    {
      fields: get({ method: 'POST' }),
      body: small,
      trailers: [
        ['transfer-encoding', 'chunked'],
        ['content-length', '0'],
      ],
    },
  ],
  [
    'host in trailers',
    {
      fields: [...get({ method: 'POST' }), ['trailer', 'host, authorization']],
      body: small,
      trailers: [
        ['host', 'other.example'],
        ['authorization', 'x'],
      ],
    },
  ],
  [
    'websocket',
    {
      fields: [
        [':method', 'CONNECT'],
        [':protocol', 'websocket'],
        ...get().slice(1),
        ['sec-websocket-version', '13'],
      ],
      echo: 'hello',
    },
  ],
  [
    'websocket with key',
    {
      fields: [
        [':method', 'CONNECT'],
        [':protocol', 'websocket'],
        ...get().slice(1),
        ['sec-websocket-version', '13'],
        ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ],
      echo: 'hello',
    },
  ],
  [
    'websocket with user',
    {
      fields: [
        [':method', 'CONNECT'],
        [':protocol', 'websocket'],
        ...get().slice(1),
        ['x-user', 'root'],
        ['sec-websocket-version', '13'],
        ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ],
      echo: 'hello',
    },
  ],
  [
    'connect other protocol',
    {
      fields: [[':method', 'CONNECT'], [':protocol', 'connect-udp'], ...get().slice(1)],
      echo: 'hello',
    },
  ],
  [
    'connect admin',
    {
      fields: [
        [':method', 'CONNECT'],
        [':protocol', 'websocket'],
        ...get({ path: '/admin' }).slice(1),
      ],
      echo: 'hello',
    },
  ],
  [
    'connect without protocol',
    {
      fields: [
        [':method', 'CONNECT'],
        [':authority', 'app.example:443'],
      ],
      echo: 'hello',
    },
  ],
]
