import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileMatch } from '../../../../src/rules/compiling/compile-match.ts'
import { parseDocument } from '../../../../src/rules/loading/document.ts'

function messageOf(match: unknown): string {
  const document = parseDocument(JSON.stringify([{ id: 'r', match }]))
  assert.ok(document.kind === 'document', JSON.stringify(document))
  const [rule] = document.rules
  assert.ok(rule?.match)
  const compiled = compileMatch(rule.match, 'regexp')
  return 'kind' in compiled ? compiled.message : 'no problem'
}

const hosts = ['h.test']

test("an empty headers beside url, as in Oathkeeper's documentation, is no condition", () =>
  assert.equal(messageOf({ url: 'http://h/', methods: ['GET'], headers: {} }), 'no problem'))

for (const [match, message] of [
  [{ url: 'http://h/', hosts }, 'match: found url and hosts, expected one of them'],
  [
    { authority: 'a', full_method: 'b', paths: ['/a'] },
    'match: found full_method and paths, expected one of them',
  ],
  [{ schemes: ['https'] }, 'match: found schemes only, expected hosts, paths or url too'],
  [{ default: true }, 'match: found default only, expected hosts, paths or url too'],
  [{ query: { a: '1' } }, 'match: found query only, expected hosts, paths or url too'],
  [{ hosts, schemes: ['ftp'] }, 'match.schemes: found "ftp", expected one of http, https, ws, wss'],
  [{ hosts: [] }, 'match.hosts: found [], expected a list of at least one text'],
  [{ hosts: 'h.test' }, 'match.hosts: found "h.test", expected a list of at least one text'],
  [{ hosts: ['h.test', 7] }, 'match.hosts[1]: found 7, expected a text'],
  [{ hosts, default: 'yes' }, 'match.default: found "yes", expected true or false'],
  [
    { hosts, headers: ['X-A'] },
    'match.headers: found ["X-A"], expected an object of at least one text',
  ],
  ...['headers', 'query', 'context'].flatMap(
    key =>
      [
        [
          { hosts, [key]: null },
          `match.${key}: found null, expected an object of at least one text, or no ${key}`,
        ],
        [{ hosts, [key]: {} }, `match.${key}: found {}, expected an object of at least one text`],
      ] as const,
  ),
  ...['schemes', 'hosts', 'paths'].map(
    key =>
      [
        { ...(key === 'hosts' ? { paths: ['/a'] } : { hosts }), [key]: null },
        `match.${key}: found null, expected a list of at least one text, or no ${key}`,
      ] as const,
  ),
  [
    { url: 'http://h/', paths: null },
    'match.paths: found null, expected a list of at least one text, or no paths',
  ],
  [
    { hosts, methods: null },
    'match.methods: found null, expected a list of at least one text, or no methods for any',
  ],
  [{ hosts, default: null }, 'match.default: found null, expected true or false, or no default'],
  [
    { hosts, query: { preview: true } },
    'match.query.preview: found true, expected a text in quotes, or null for absent',
  ],
  [{ hosts, headers: { 'X A': '1' } }, 'match.headers: found "X A", expected names of headers'],
  ...['Host', 'host', 'HOST', ':authority', ':Authority'].map(
    name =>
      [
        { paths: ['/a'], headers: { [name]: null } },
        `match.headers: found "${name}", expected hosts for the host of a request`,
      ] as const,
  ),
  [{ hosts, header: {} }, 'match: found the key "header", expected "headers"'],
  [{ hosts, Headers: {} }, 'match: found the key "Headers", expected "headers"'],
  [{ host: hosts }, 'match: found the key "host", expected "hosts"'],
  [
    { url: 'http://h/', methods: ['GET'], querry: {} },
    'match: found the key "querry", expected "query"',
  ],
  [{ hosts, method: ['GET'] }, 'match: found the key "method", expected "methods"'],
  [{ paths: ['/a'], methds: ['GET'] }, 'match: found the key "methds", expected "methods"'],
  [{ hosts, METHOD: ['GET'] }, 'match: found the key "METHOD", expected "methods"'],
  [{ hosts, url: null, method: ['GET'] }, 'match: found the key "method", expected "methods"'],
  [{ hosts, uri: 'http://h/a' }, 'match: found the key "uri", expected "url"'],
  [{ hosts, full_methd: 'a.B/C' }, 'match: found the key "full_methd", expected "full_method"'],
  [{ hosts: ['*'] }, 'match: hosts: found "*", expected a host: leave hosts out for any host'],
  [{ hosts: ['a.*.test'] }, 'match: hosts: found "a.*.test", expected "*." in front only'],
  [
    { hosts: ['a*.test'] },
    'match: hosts: found "a*.test", expected "*" or {name} as a whole label',
  ],
  [
    { hosts: ['{a.test'] },
    'match: hosts: found "{a.test", expected "*" or {name} as a whole label',
  ],
  [{ hosts: ['{a}.{a}.test'] }, 'match: hosts: found "{a}.{a}.test", expected each name once'],
  [{ hosts: ['h.test:http'] }, 'match: hosts: found "h.test:http", expected digits as the port'],
  [{ hosts: ['h.test:65536'] }, 'match: hosts: found "h.test:65536", expected a port up to 65535'],
  [{ hosts: ['[::1]:99999'] }, 'match: hosts: found "[::1]:99999", expected a port up to 65535'],
  [
    { hosts, methods: [] },
    'match.methods: found [], expected a list of at least one text, or no methods for any',
  ],
  [
    { hosts: ['https://h.test'] },
    'match: hosts: found "https://h.test", expected digits as the port',
  ],
  [
    { hosts: ['h.test/a'] },
    'match: hosts: found "h.test/a", expected a host such as shop.example, without scheme and path',
  ],
  [{ paths: ['a'] }, 'match: paths: found "a", expected a path that begins with "/"'],
  [{ paths: ['/<.*>'] }, 'match: paths: found "/<.*>", expected {name} or * in place of <...>'],
  [{ paths: ['/a?b'] }, 'match: paths: found "/a?b", expected a path without a query'],
  [
    { paths: ['/a/../b'] },
    'match: paths: found "/a/../b", expected segments that are neither empty nor dots',
  ],
  [{ paths: ['/{a...}/b'] }, 'match: paths: found "/{a...}/b", expected {name...} at the end only'],
  [
    { paths: ['/{a...}/{b...}'] },
    'match: paths: found "/{a...}/{b...}", expected {name...} at the end only',
  ],
  [{ paths: ['/{a'] }, 'match: paths: found "/{a", expected "*" or {name} as a whole segment'],
  [{ paths: ['/{a}/{a...}'] }, 'match: paths: found "/{a}/{a...}", expected each name once'],
  [
    { hosts: ['{a}.test'], paths: ['/{a}'] },
    'match: found {a} in a host and in a path, expected once',
  ],
  [{ hosts, headers: { 'X-A': '<(>' } }, 'match: headers.X-A: unbalanced "(" at position 2'],
] as const) {
  test(`a mistake in a match is named: ${JSON.stringify(match)}`, () =>
    assert.equal(messageOf(match), message))
}

test('keys that resemble nothing new are ignored with a warning, as before', () => {
  const match = { url: 'http://h/', method: ['GET'], comment: 'x', URLs: 'http://h/' }
  const document = parseDocument(JSON.stringify([{ id: 'r', match }]))
  assert.ok(document.kind === 'document')
  assert.equal(document.rules[0]?.match?.kind, 'url')
  assert.equal(document.warnings.length, 3)
})

test('a misspelt key of gRPC methods or an unlike key beside hosts is ignored with a warning', () => {
  for (const [match, kind] of [
    [{ authority: 'a', full_method: 'b', method: ['GET'] }, 'rpc'],
    [{ hosts, comment: 'x', METHODS: ['GET'] }, 'parts'],
  ] as const) {
    const document = parseDocument(JSON.stringify([{ id: 'r', match }]))
    assert.ok(document.kind === 'document')
    assert.equal(document.rules[0]?.match?.kind, kind)
    assert.equal(document.warnings.length, 1)
  }
})
