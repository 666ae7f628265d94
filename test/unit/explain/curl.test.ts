import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCurl } from '../../../src/cli/explain/curl.ts'

const read = (line: string) => {
  const found = parseCurl(line)
  if (typeof found === 'string') return found
  const { method, url, headers = [], body } = found
  return { method, url, headers, ...(body ? { body: body.toString() } : {}) }
}

const form = ['Content-Type', 'application/x-www-form-urlencoded']

for (const [line, expected] of [
  ['curl https://a.test/x', { method: 'GET', url: 'https://a.test/x', headers: [] }],
  ['curl a.test', { method: 'GET', url: 'http://a.test', headers: [] }],
  [
    `curl -sSXPUT 'https://a.test/x?y=1&z' -H 'X-A:  b c ' --header "X-B: \\"q\\" $(rm)" \\\n  -k`,
    {
      method: 'PUT',
      url: 'https://a.test/x?y=1&z',
      headers: [
        ['X-A', 'b c'],
        ['X-B', '"q" $(rm)'],
      ],
    },
  ],
  [
    "curl --url=https://a.test/ -d a=1 --data-raw '@b' --data-urlencode 'c=d e'",
    { method: 'POST', url: 'https://a.test/', headers: [form], body: 'a=1&@b&c=d%20e' },
  ],
  [
    `curl https://a.test/ --json '{"a":1}' -H 'Content-Type: application/x'`,
    {
      method: 'POST',
      url: 'https://a.test/',
      headers: [['Content-Type', 'application/x']],
      body: '{"a":1}',
    },
  ],
  [
    "curl -G https://a.test/?q=1 -d 'a=1' -d b",
    { method: 'GET', url: 'https://a.test/?q=1&a=1&b', headers: [] },
  ],
  ['curl -I https://a.test/', { method: 'HEAD', url: 'https://a.test/', headers: [] }],
  [
    'curl -u al:pw -b s=1 -A me https://a.test/ -o out -m 3',
    {
      method: 'GET',
      url: 'https://a.test/',
      headers: [
        ['Authorization', 'Basic YWw6cHc='],
        ['Cookie', 's=1'],
        ['User-Agent', 'me'],
      ],
    },
  ],
  [
    "curl $'https://a.test/\\x41\\'' -H 'X-Empty;' -H 'X-Gone:'",
    { method: 'GET', url: "https://a.test/A'", headers: [['X-Empty', '']] },
  ],
] as const) {
  test(`reads ${line}`, () => assert.deepEqual(read(line), expected))
}

for (const [line, expected] of [
  ['wget x', 'found "wget", expected curl first'],
  ['', 'found "", expected curl first'],
  ["curl 'https://a", 'found a quote that is not closed'],
  ['curl', 'found no URL'],
  ['curl a.test b.test', 'found several URLs, expected one'],
  ['curl a.test -d @/etc/passwd', 'found @/etc/passwd, expected the data itself: no file is read'],
  ['curl a.test -H @/etc/passwd', 'found @/etc/passwd, expected the data itself: no file is read'],
  ['curl a.test -b cookies.txt', 'found cookies.txt, expected the data itself: no file is read'],
  ['curl a.test -K x', 'found the option -K, which explain does not know'],
  ['curl a.test -H', 'found --header without a value'],
] as const) {
  test(`refuses ${line}`, () => assert.equal(read(line), expected))
}

test('a long line is read in linear time', () => {
  const line = `curl https://a.test/ -H 'X-A: ${'\\'.repeat(100_000)}' ${"''".repeat(50_000)}`
  assert.equal(typeof read(line), 'string')
})
