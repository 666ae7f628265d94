/** Rules that are valid, and rules with one mistake each: for the schema of rule files, the definition of the resource and the loader. */
import type { JsonObject } from '../../src/lib/json.ts'

const base = {
  match: { hosts: ['shop.example'], paths: ['/a'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'noop' }],
}

const { authorizer, ...open } = base
const matching = (match: JsonObject) => ({ ...base, match })
const asking = (authenticator: JsonObject) => ({ ...base, authenticators: [authenticator] })
const grouped = (...authorizers: readonly JsonObject[]) => ({ ...open, authorizers })
const allow = { handler: 'allow' }

export const validRules: Readonly<Record<string, JsonObject>> = {
  'hosts and paths': base,
  'a url': matching({ url: 'https://h/<.*>', methods: ['GET'] }),
  'hosts alone': matching({ hosts: ['*.shop.example', '{tenant}.shop.example:8443', '[::1]:80'] }),
  'an address with brackets': matching({ hosts: ['[::1]', '[2001:db8::1]:8443', '127.0.0.1:1'] }),
  'paths alone': matching({ paths: ['/', '/a/{id}/*', '/files/{rest...}', '/a/', '/{rest...}/'] }),
  'dots and other characters in a path': matching({ paths: ['/a.b/...c/d;e=1', '/ä b/%20'] }),
  schemes: matching({ schemes: ['https', 'ws'], hosts: ['h'] }),
  gRPC: matching({ authority: '<.*>', full_method: 'a.B/C', allow_http_get: true }),
  conditions: matching({
    paths: ['/a'],
    headers: { 'X-A': 'b', 'X-B': null, 'X-C': '<[a-z]+>' },
    query: { a: '1', b: null },
    context: { tier: 'gold' },
    default: true,
  }),
  chains: {
    ...base,
    authenticators: [
      {
        handler: 'jwt',
        on_failure: 'next',
        remove_credential: true,
        config: { jwks_urls: ['inline://eyJrZXlzIjpbXX0='] },
      },
      { handler: 'anonymous', on_failure: 'stop', remove_credential: false },
    ],
  },
  groups: grouped(allow, { any: [allow, { all: [allow, { any: [allow] }] }], when: 'true' }),
  'when and body': {
    ...base,
    mutators: [{ handler: 'noop', when: 'request.method == "GET"' }],
    errors: [{ handler: 'json', when: 'error.status == 401' }],
    body: { parse: 'json', max_bytes: 10 },
    upstream: { url: 'http://up:80', preserve_host: true, strip_path: '/a' },
    description: 'text',
  },
}

/** `server: false`: the API server does not see it, because the definition drops unknown keys unless a client asks not to. */
export interface Mistake {
  readonly rule: JsonObject
  /** In the answer of the API server. */
  readonly says: RegExp
  /** The schema of files cannot say it. */
  readonly file?: false
  /** The loader accepts it, for the sake of Oathkeeper's rules. */
  readonly loader?: false
}

const hosts = (host: string, says: RegExp): Mistake => ({ rule: matching({ hosts: [host] }), says })
const paths = (path: string, says: RegExp): Mistake => ({ rule: matching({ paths: [path] }), says })
const many = (beginning: string) => Array.from({ length: 40 }, (_, i) => `${beginning}${i}`)

export const mistakes: Readonly<Record<string, Mistake>> = {
  'no url': { rule: matching({ methods: ['GET'] }), says: /expected one of url, hosts, paths/ },
  'schemes only': {
    rule: matching({ schemes: ['http'] }),
    says: /expected one of url, hosts, paths/,
  },
  'url and hosts': {
    rule: matching({ url: 'http://h', methods: ['GET'], hosts: ['h'] }),
    says: /expected url, or hosts, paths and schemes, not both/,
  },
  'url and schemes': {
    rule: matching({ url: 'http://h', methods: ['GET'], schemes: ['http'] }),
    says: /expected url, or hosts, paths and schemes, not both/,
  },
  'url without methods': {
    rule: matching({ url: 'http://h' }),
    says: /expected methods beside url/,
    loader: false,
  },
  'full_method and paths': {
    rule: matching({ authority: 'a', full_method: 'b', paths: ['/a'] }),
    says: /expected full_method alone/,
  },
  'full_method without authority': {
    rule: matching({ full_method: 'b' }),
    says: /expected authority and full_method together/,
    loader: false,
  },
  'allow_http_get without full_method': {
    rule: matching({ paths: ['/a'], allow_http_get: true }),
    says: /expected allow_http_get beside full_method only/,
    loader: false,
  },
  'no condition on the query': {
    rule: matching({ hosts: ['h'], query: {} }),
    says: /at least 1 properties/,
  },
  'a condition on the Host header': {
    rule: matching({ paths: ['/a'], headers: { Host: 'h' } }),
    says: /expected hosts for the host of a request/,
  },
  'no method in the list': {
    rule: matching({ hosts: ['h'], methods: [] }),
    says: /should have at least 1 items/,
  },
  'no host in the list': { rule: matching({ hosts: [] }), says: /should have at least 1 items/ },
  'no path in the list': { rule: matching({ paths: [] }), says: /should have at least 1 items/ },
  'another scheme': {
    rule: matching({ schemes: ['ftp'], hosts: ['h'] }),
    says: /supported values: "http", "https", "ws", "wss"/,
  },
  'too many pairs': {
    rule: matching({ hosts: many('h'), paths: many('/p') }),
    says: /expected at most 1000 pairs/,
    file: false,
  },
  'a port of letters': hosts('h:http', /expected a port between 0 and 65535/),
  'two ports': hosts('h:80:80', /expected a port between 0 and 65535/),
  'a long port': hosts('h:123456', /expected a port between 0 and 65535/),
  'a port above 65535': hosts('h:65536', /expected a port between 0 and 65535/),
  'a scheme in a host': hosts('http://h', /expected a host such as shop\.example/),
  'an expression in a host': hosts('<.*>', /expected a host such as shop\.example/),
  'a lone star as host': hosts('*', /expected a host: leave hosts out/),
  'a lone star with a port': hosts('*:80', /expected a host: leave hosts out/),
  'a star inside a host': hosts('a.*.example', /expected "\*\." in front only/),
  'a star in a label': hosts('*a.example', /expected "\*\." in front only/),
  'an empty label': hosts('a..example', /expected labels with a dot/),
  'a final dot': hosts('a.example.', /expected labels with a dot/),
  'a port without host': hosts(':80', /expected labels with a dot/),
  'a name with a dash in a host': hosts('{a-b}.example', /expected \{name\} of letters/),
  'a name inside a label': hosts('a{b}.example', /expected \{name\} as a whole label/),
  'a rest in a host': hosts('{rest...}.example', /expected \{name\}/),
  'a path without slash': paths('a', /expected a path that begins with "\/"/),
  'an expression in a path': paths('/<.*>', /expected \{name\} or \* in place of/),
  'a query in a path': paths('/a?b', /expected a path without a query/),
  'a fragment in a path': paths('/a#b', /expected a path without a query/),
  'a rest before the end': paths('/{rest...}/a', /expected \{name\.\.\.\} at the end only/),
  'an empty segment': paths('/a//b', /expected segments that are neither empty nor dots/),
  'a dot segment': paths('/a/../b', /expected segments that are neither empty nor dots/),
  'a final dot segment': paths('/a/.', /expected segments that are neither empty nor dots/),
  'a star in a segment': paths('/a*', /expected "\*" or \{name\} as a whole segment/),
  'two stars': paths('/**', /expected "\*" or \{name\} as a whole segment/),
  'a name in a segment': paths('/a{b}', /expected "\*" or \{name\} as a whole segment/),
  'two names in a segment': paths('/{a}{b}', /expected "\*" or \{name\} as a whole segment/),
  'a brace alone': paths('/{a', /expected \{name\} of letters/),
  'a number as header': {
    rule: matching({ paths: ['/a'], headers: { 'X-A': 1 } }),
    says: /must be of type string/,
  },
  'a text as default': {
    rule: matching({ paths: ['/a'], default: 'yes' }),
    says: /must be of type boolean/,
  },
  'a misspelt condition': {
    rule: matching({ paths: ['/a'], header: { 'X-A': 'b' } }),
    says: /unknown field "spec\.match\.header"/,
  },
  'misspelt methods': {
    rule: matching({ paths: ['/a'], method: ['GET'] }),
    says: /unknown field "spec\.match\.method"/,
  },
  'no authenticator': {
    rule: { ...base, authenticators: [] },
    says: /should have at least 1 items/,
  },
  'no mutator': { rule: { ...base, mutators: [] }, says: /should have at least 1 items/ },
  'a handler that does not exist': {
    rule: { ...base, authorizer: { handler: 'alow' } },
    says: /Unsupported value: "alow"/,
  },
  'no handler': { rule: { ...base, mutators: [{}] }, says: /handler: Required value/ },
  'no authorizer': { rule: open, says: /expected authorizer or authorizers, one of them/ },
  'authorizer and authorizers': {
    rule: { ...base, authorizers: [allow] },
    says: /expected authorizer or authorizers, one of them/,
  },
  'no authorizers in the list': { rule: grouped(), says: /should have at least 1 items/ },
  'an empty group': { rule: grouped({ any: [] }), says: /should have at least 1 items/ },
  'an empty group in a group': {
    rule: grouped({ any: [{ all: [{ any: [] }] }] }),
    says: /should have at least 1 items/,
  },
  'any and all': {
    rule: grouped({ any: [allow], all: [allow] }),
    says: /expected one of handler, any, all/,
  },
  'any and handler': {
    rule: grouped({ any: [{ ...allow, any: [allow] }] }),
    says: /expected one of handler, any, all/,
  },
  'an entry of nothing': {
    rule: grouped({ when: 'true' }),
    says: /expected one of handler, any, all/,
  },
  'on_failure with another value': {
    rule: asking({ handler: 'anonymous', on_failure: 'continue' }),
    says: /supported values: "stop", "next"/,
  },
  'remove_credential without a credential': {
    rule: asking({ handler: 'anonymous', remove_credential: true }),
    says: /expected remove_credential on an authenticator that reads a credential/,
  },
  'when on an authenticator': {
    rule: asking({ handler: 'anonymous', when: 'true' }),
    says: /unknown field "spec\.authenticators\[0\]\.when"/,
  },
  'on_failure on a mutator': {
    rule: { ...base, mutators: [{ handler: 'noop', on_failure: 'next' }] },
    says: /unknown field "spec\.mutators\[0\]\.on_failure"/,
  },
  'a body of another kind': {
    rule: { ...base, body: { parse: 'xml' } },
    says: /supported values: "json"/,
  },
  'a body without parse': { rule: { ...base, body: {} }, says: /parse: Required value/ },
  'a body without bytes': {
    rule: { ...base, body: { parse: 'json', max_bytes: 0 } },
    says: /greater than or equal to 1/,
  },
  'a text as preserve_host': {
    rule: { ...base, upstream: { url: 'http://up', preserve_host: 'yes' } },
    says: /must be of type boolean/,
  },
}
