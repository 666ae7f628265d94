import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { canonical } from './canonical.ts'
import { differences, without } from './compare.ts'
import { type Context, substitute } from './context.ts'
import { withoutDeliberate } from './deliberate.ts'
import { readAnswer } from './read-answer.ts'
import { runScenario } from './scenario.ts'
import { splitCommand } from './server-process.ts'
import { escapedUtf8 } from './utf8.ts'
import { encodeRequest } from './wire.ts'
import { readYaml, writeYaml } from './yaml.ts'

const small = `"${process.execPath}" ${new URL('small-server.mjs', import.meta.url).pathname}`

function play(t: TestContext, lines: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'runner-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'greeting.yaml')
  writeFileSync(file, ['config_format: json', ...lines].join('\n'))
  return runScenario(file, { command: small })
}

const greet = ['steps:', '- id: greet', '  path: /x', '  host: world']

test('an answer that equals the recorded one passes', async t => {
  const answer = '{status: 200, headers: {x-greeting: hello world}, text: well met}'
  const result = await play(t, [...greet, `  expect: ${answer}`])
  assert.deepEqual(result, { scenario: 'greeting', passed: 1, misses: [] })
})

test('a wrong status, header or body fails its check and says where', async t => {
  const wrong = '{status: 403, headers: {x-greeting: hello moon}, text: go away}'
  const result = await play(t, [...greet, `  expect: ${wrong}`])
  assert.equal(result.passed, 0)
  assert.deepEqual(result.misses, [
    {
      check: 'greet',
      diff: [
        'headers.x-greeting: expected "hello moon", got "hello world"',
        'status: expected 403, got 200',
        'text: expected "go away", got "well met"',
      ],
    },
  ])
})

test('a header that was not recorded fails', async t => {
  const result = await play(t, [...greet, '  expect: {status: 200, text: well met}'])
  assert.equal(result.misses.length, 1)
})

test('requests that a stub received are compared', async t => {
  const result = await play(t, [
    'stubs: {main: {routes: [{path: /asked, body: yes}]}}',
    'ignore: [headers, text, calls.headers]',
    'steps:',
    `- {id: right, path: '/ask?at=\${STUB}', expect: {status: 200, calls: [{stub: main, method: GET, target: /asked}]}}`,
    `- {id: wrong, path: '/ask?at=\${STUB}', expect: {status: 200, calls: [{stub: main, method: GET, target: /other}]}}`,
    '- {id: absent, path: /x, expect: {status: 200, calls: [{stub: main, method: GET, target: /asked}]}}',
  ])
  assert.deepEqual(
    result.misses.map(({ check }) => check),
    ['wrong', 'absent'],
  )
})

test('a server that ends during the run fails even if its answers were right', async t => {
  const result = await play(t, ['steps:', '- {id: die, path: /die, expect: {status: 200}}'])
  assert.deepEqual(
    result.misses.map(({ check }) => check),
    ['die', 'end'],
  )
})

test('a server that must refuse to start passes only if it does', async t => {
  const expected = 'start: {ends: true, code_is_zero: false}'
  const refused = await play(t, [expected, 'config: {refuse: true}'])
  assert.deepEqual(refused.misses, [])
  const other = await play(t, ['start: {ends: true, code_is_zero: true}', 'config: {refuse: true}'])
  assert.equal(other.misses.length, 1)
})

test('a server that does not start fails every check', async t => {
  const result = await play(t, ['config: {refuse: true}', ...greet, '  expect: {status: 200}'])
  assert.deepEqual(
    result.misses.map(({ check }) => check),
    ['start', 'greet'],
  )
})

test('a listed difference is removed; a listed check that does not differ is a failure', () => {
  const result = {
    scenario: 's',
    passed: 3,
    misses: [
      { check: 'a', diff: ['x'] },
      { check: 'b', diff: ['y'] },
    ],
  }
  const remaining = withoutDeliberate(result, {
    s: { a: 'on purpose', c: 'on purpose' },
    other: { b: 'elsewhere' },
  })
  assert.equal(remaining.deliberate, 1)
  assert.deepEqual(
    remaining.misses.map(({ check }) => check),
    ['b', 'c'],
  )
})

test('kinds of values are distinguished', () => {
  assert.deepEqual(differences({ a: [1, null] }, { a: [1, null] }), [])
  const pairs = [
    [1, '1'],
    [true, 1],
    [null, {}],
    [[], {}],
    [[1], [1, 2]],
    [null, 'null'],
  ] as const
  for (const [a, b] of pairs) assert.equal(differences(a, b).length, 1, canonical([a, b]))
})

test('ignored paths are removed, a star is every element', () => {
  const value = { calls: [{ a: 1, b: 2 }, { a: 3 }], x: { y: 1, z: 2 } }
  assert.deepEqual(without(value, ['calls', '*', 'a']), { ...value, calls: [{ b: 2 }, {}] })
  assert.deepEqual(without(value, ['x', 'y']), { ...value, x: { z: 2 } })
  assert.deepEqual(without(value, ['nowhere', 'y']), value)
})

const context: Context = {
  values: new Map([
    ['API', '127.0.0.1:12345'],
    ['API_PORT', '12345'],
  ]),
  tokens: new Map([['alice', 'eyJ.a.b']]),
  keys: [],
}

test('placeholders are replaced everywhere, unknown ones stay', () => {
  const value = {
    [`\${API}`]: [
      `\${TOKEN:alice}`,
      `\${API_PORT}`,
      `x\${API_PORT}`,
      `\${REPEAT:ab,2}`,
      `\${NOBODY}`,
    ],
  }
  assert.deepEqual(substitute(context, value), {
    '127.0.0.1:12345': ['eyJ.a.b', 12345, 'x12345', 'abab', `\${NOBODY}`],
  })
})

test('a request is sent as written, with Host and length added', () => {
  const encode = (request: Parameters<typeof encodeRequest>[1]) =>
    encodeRequest(context, request).toString()
  assert.equal(
    encode({
      method: 'PUT',
      path: '/a/../ü?%zz',
      host: 'h',
      headers: { 'x-A': ['1', '2'] },
      body: 'ü',
    }),
    'PUT /a/../ü?%zz HTTP/1.1\r\nHost: h\r\nx-A: 1\r\nx-A: 2\r\nContent-Length: 2\r\n\r\nü',
  )
  assert.equal(encode({ raw: 'HELLO\n\n' }), 'HELLO\r\n\r\n')
  assert.match(
    encode({ chunks: ['ab', 'c'] }),
    /Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n$/,
  )
})

const read = (text: string, ended = false) => readAnswer(Buffer.from(text, 'latin1'), 'GET', ended)

test('an answer is complete by its length, its last chunk or the end of the connection', () => {
  const head = 'HTTP/1.1 200 OK\r\nA:  b \r\n'
  assert.equal(read(`${head}Content-Length: 2\r\n\r\na`).kind, 'more')
  const sized = read(`${head}Content-Length: 2\r\n\r\nab`)
  assert(sized.kind === 'answer')
  assert.deepEqual([sized.headers[0], sized.body.toString()], [['A', 'b '], 'ab'])
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`
  assert.equal(read(chunked).kind, 'more')
  assert.equal(read(`${chunked}0\r\n\r\n`).kind, 'answer')
  assert.equal(read(`${head}\r\nab`).kind, 'more')
  assert.equal(read(`${head}\r\nab`, true).kind, 'answer')
})

test('bytes that are not an answer are not read as one', () => {
  assert.equal(read('', true).kind, 'broken')
  assert.equal(read('HELLO\r\n\r\n').kind, 'broken')
  assert.equal(read('HTTP/1.1 100 Continue\r\n\r\n').kind, 'more')
})

test('bytes that are not UTF-8 stay visible', () => {
  assert.equal(escapedUtf8(Buffer.from([0xc3, 0xbc, 0xc3, 0x28, 0xff])), 'ü\\xc3(\\xff')
})

test('case files are YAML 1.1 without its one-letter booleans', () => {
  assert.deepEqual(readYaml('{n: 5, y: 1e+21, z: 1.5, on: yes}'), {
    n: 5,
    y: '1e+21',
    z: 1.5,
    on: 'yes',
  })
  assert.deepEqual(readYaml(writeYaml({ a: 'yes', b: 'on', c: '012', d: '1_0' })), {
    a: 'yes',
    b: 'on',
    c: '012',
    d: '1_0',
  })
  assert.match(writeYaml({ a: 'yes' }), /"yes"/)
})

test('calls are sorted by one fixed spelling', () => {
  assert.equal(canonical({ b: 'ü', a: [1, null] }), '{"a": [1, null], "b": "\\u00fc"}')
})

test('a command is split at spaces outside quotes', () => {
  assert.deepEqual(splitCommand(`"/a b/node" --x='1 2' y`), ['/a b/node', '--x=1 2', 'y'])
})
