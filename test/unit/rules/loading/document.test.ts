import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../../../src/lib/bytes.ts'
import { ruleJson } from '../../../../src/rules/definition.ts'
import { parseDocument } from '../../../../src/rules/loading/document.ts'

function parsed(text: string) {
  const document = parseDocument(text)
  assert.equal(document.kind, 'document', JSON.stringify(document))
  assert.ok(document.kind === 'document')
  return document
}

function problemOf(text: string): string {
  const document = parseDocument(text)
  assert.ok(document.kind === 'document_problem', JSON.stringify(document))
  return document.message
}

test("a rule in JSON is read, and listed in Oathkeeper's order", () => {
  const text = `[{"id":"a","match":{"url":"http://h/<.*>","methods":["GET"]},"authenticators":[{"handler":"noop"}],
    "authorizer":{"handler":"allow"},"mutators":[{"handler":"noop","config":{"b":1,"a":2}}]}]`
  const [rule] = parsed(text).rules
  assert.ok(rule)
  assert.equal(
    JSON.stringify(ruleJson(rule)),
    '{"id":"a","version":"","description":"","match":{"methods":["GET"],"url":"http://h/<.*>"},' +
      '"authenticators":[{"handler":"noop","config":null}],"authorizer":{"handler":"allow","config":null},' +
      '"mutators":[{"handler":"noop","config":{"b":1,"a":2}}],"errors":null,' +
      '"upstream":{"preserve_host":false,"strip_path":"","url":""}}',
  )
})

test('a text that is not JSON is read as YAML, whatever the file is called', () => {
  const [rule] = parsed('- id: y1\n  match: { url: "http://h/", methods: [GET, POST] }\n').rules
  assert.deepEqual(rule?.match, { kind: 'url', url: 'http://h/', methods: ['GET', 'POST'] })
})

test('a key that an object of YAML has twice is a warning with its place, and the last one counts', () => {
  const { rules, warnings } = parsed('- id: a\n  authorizer: { handler: deny }\n  id: b\n')
  assert.equal(rules[0]?.id, 'b')
  assert.deepEqual(warnings, [
    'found a key twice in one object at line 3, column 3, of which only the last one counts',
  ])
})

test('JSON with a comment or a trailing comma is read as YAML', () => {
  assert.equal(parsed('[{"id": "a"},] # note').rules.length, 1)
})

for (const text of ['', '   \n', 'null', '[]', '# nothing']) {
  test(`the document ${JSON.stringify(text)} has no rules`, () =>
    assert.deepEqual(parsed(text).rules, []))
}

test('known keys are read in any case, unknown ones are ignored with a warning', () => {
  const document = parsed(
    '[{"ID":"a","Match":{"URL":"http://h/","Methods":["GET"],"x":1},"extra":2}]',
  )
  assert.equal(document.rules[0]?.id, 'a')
  assert.deepEqual(document.rules[0]?.match, { kind: 'url', url: 'http://h/', methods: ['GET'] })
  assert.equal(document.warnings.length, 2)
  assert.match(document.warnings.join('\n'), /"extra"/)
})

test('of several YAML documents the first is used', () => {
  assert.deepEqual(
    parsed('- id: a\n---\n- id: b\n- id: c\n').rules.map(rule => rule.id),
    ['a'],
  )
})

test('the last of two equal YAML keys wins', () => {
  assert.equal(parsed('- id: a\n  id: b\n').rules[0]?.id, 'b')
})

test('YAML 1.1 booleans are read as booleans for boolean keys, and as text for text keys', () => {
  const [rule] = parsed('- id: on\n  upstream: { preserve_host: yes }\n').rules
  assert.equal(rule?.upstream.preserveHost, true)
  assert.equal(rule?.id, 'true')
})

test('text outside ASCII becomes byte strings', () => {
  assert.equal(parsed('[{"id":"umläut"}]').rules[0]?.id, bytesOf('umläut'))
})

test('the gRPC form is recognized by its key', () => {
  const [rule] = parsed(
    '[{"match":{"authority":"h","full_method":"p.S/M","allow_http_get":true}}]',
  ).rules
  assert.deepEqual(rule?.match, {
    kind: 'rpc',
    authority: 'h',
    fullMethod: 'p.S/M',
    allowHttpGet: true,
  })
})

const broken: readonly (readonly [text: string, message: RegExp])[] = [
  ['{"id":"a"}', /expected a list of rules at the top, found an object/],
  ['"text"', /found a string/],
  ['[{"id":5}]', /rule 1: id: found 5, expected a string/],
  ['[{"id":"a","match":"x"}]', /rule "a": match: found "x", expected an object/],
  [
    '[{"id":"a","match":{"url":"u","methods":"GET"}}]',
    /rule "a": match\.methods: found "GET", expected a list/,
  ],
  ['[{"id":"a","authenticators":{}}]', /rule "a": authenticators: found {}, expected a list/],
  ['[{"id":"a","mutators":[{"handler":1}]}]', /mutators\[0\]\.handler: found 1/],
  [
    '[{"id":"a","upstream":{"preserve_host":"no"}}]',
    /upstream\.preserve_host: found "no", expected true or false/,
  ],
  ['[{"id":"a","version":"v0.36"}]', /version: found "v0\.36", expected a full version/],
  ['[{"id": "a"', /neither JSON nor YAML/],
  ['- a\n b: [', /neither JSON nor YAML/],
]

for (const [text, message] of broken) {
  test(`the document ${text} is refused with its place`, () =>
    assert.match(problemOf(text), message))
}

test('a key of Object.prototype is an ordinary key', () => {
  const [rule] = parsed(
    '[{"id":"a","__proto__":{"id":"b"},"mutators":[{"handler":"x","config":{"__proto__":{"a":1}}}]}]',
  ).rules
  assert.equal(rule?.id, 'a')
  assert.equal(({} as { a?: number }).a, undefined)
})

test('a document with many aliases is bounded', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]']
  for (let i = 1; i < 12; i++) {
    const before = String.fromCharCode(96 + i)
    const name = String.fromCharCode(97 + i)
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`)
  }
  assert.match(problemOf(bomb.join('\n')), /./)
})

test('an unknown key is reported with a similar known one', () => {
  const read = parseDocument(
    '[{"id":"a","upstream":{"preserveHost":true,"strip-path":"/"},"mutator":[],"match":{"fullmethod":"x"},"zzzzzzz":1}]',
  )
  assert.ok(read.kind === 'document')
  const hints = read.warnings.map(text =>
    /unknown key "([^"]*)" is ignored(?:; did you mean "([^"]*)")?/.exec(text),
  )
  assert.deepEqual(Object.fromEntries(hints.map(found => [found?.[1], found?.[2]])), {
    preserveHost: 'preserve_host',
    'strip-path': 'strip_path',
    mutator: 'mutators',
    fullmethod: 'full_method',
    zzzzzzz: undefined,
  })
})

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

for (const [name, text, message] of [
  [
    'a rule in itself',
    '- &a {id: x, match: *a}',
    'found an alias inside its own anchor, expected no cycle',
  ],
  ['a list in itself', '- &a [*a]', 'found an alias inside its own anchor, expected no cycle'],
  [
    'deep YAML',
    `${deep(20_000)} # x`,
    'found more than 100 levels at line 1, column 101, expected at most 100',
  ],
  ['deep JSON', deep(20_000), 'found more than 100 levels, expected at most 100'],
  [
    'a deep config',
    `[{"id":"x","mutators":[{"handler":"noop","config":{"a":${deep(200)}}}]}]`,
    'found more than 100 levels, expected at most 100',
  ],
  [
    'open brackets',
    '['.repeat(20_000),
    'found more than 100 levels at line 1, column 101, expected at most 100',
  ],
] as const) {
  test(`a document that is too deep says so: ${name}`, () => assert.equal(problemOf(text), message))
}

test('a document of 100 levels is read', () => {
  const text = `[{"id":"x","mutators":[{"handler":"noop","config":{"a":${deep(95)}}}]}]`
  assert.equal(parsed(text).rules.length, 1)
  assert.equal(parsed(`${text} # x`).rules.length, 1)
})

test('the problem of a document names every rule that has a value of a wrong type', () => {
  const bad = (i: number) => ({ id: `b${i}`, match: [] })
  assert.equal(
    problemOf(JSON.stringify([bad(1), { id: 'a' }, { id: 'c', upstream: { url: 1 } }])),
    'rule "b1": match: found [], expected an object; rule "c": upstream.url: found 1, expected a string',
  )
  const many = problemOf(JSON.stringify(Array.from({ length: 30 }, (_, i) => bad(i))))
  assert.match(many, /; rule "b19": [^;]*; and 10 more$/)
})
