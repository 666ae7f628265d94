/** What a language model gets from the real process, with the official client; and what it must not get. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { root, temporaryFolder } from '../support/folder.ts'
import { filesIn } from '../support/language-client.ts'
import { listen } from '../support/listen.ts'
import { loopback } from '../support/ports.ts'
import { configText } from '../support/printed-by.ts'
import { assertFits as assertFitsSchema } from '../support/report-schema.ts'
import { until } from '../support/until.ts'

const rules = `- id: orders
  match: { hosts: [shop.example], paths: [/orders], methods: [GET] }
  authenticators: [{ handler: anonymous }]
  authorizer: { handler: allow }
  mutators: [{ handler: header }]
`

const tests = `oarlock_test: 1
config: oarlock.yaml
tests:
  - { name: orders, request: GET https://shop.example/orders, expect: { allow: orders } }
  - { name: other, request: GET https://shop.example/other, expect: { allow: orders } }
`

const claims = `claims:
  - { name: closed, never: { host: shop.example, path: /admin, authenticators: [anonymous] } }
`

const files = {
  'oarlock.yaml': configText('rules.yaml'),
  'rules.yaml': rules,
  'new.yaml': rules.replace('methods: [GET]', 'methods: [GET, POST]'),
  'shop.test.yaml': tests,
  'claims.yaml': claims,
}

const assertFits = (name: string, report: unknown): void =>
  assertFitsSchema(`docs/schemas/${name}.schema.json`, report)

/** A member of a report that is a list. */
const listIn = <T>({ report }: Answer, name: string): readonly T[] => (report?.[name] ?? []) as T[]

interface Model {
  readonly folder: string
  readonly client: Client
  readonly call: (name: string, input: object) => Promise<Answer>
}

interface Answer {
  readonly isError: boolean
  readonly text: string
  readonly report: Readonly<Record<string, unknown>> | undefined
}

async function start(t: TestContext, written: Readonly<Record<string, string>>): Promise<Model> {
  const folder = join(temporaryFolder(t), 'work')
  mkdirSync(folder)
  for (const [name, text] of Object.entries(written)) writeFileSync(join(folder, name), text)
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(root, 'dist/main.js'), 'mcp', '--root', folder],
    stderr: 'ignore',
  })
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(transport)
  t.after(() => client.close())
  const call = async (name: string, input: object): Promise<Answer> => {
    const result = await client.callTool({ name, arguments: { ...input } })
    const content = result.content as { text?: string }[]
    return {
      isError: result.isError === true,
      text: content.map(({ text = '' }) => text).join('\n'),
      report: result.structuredContent as Answer['report'],
    }
  }
  return { folder, client, call }
}

const config = ['oarlock.yaml']

test('all tools only read, and have the published schemas', async t => {
  const { client } = await start(t, files)
  const { tools } = await client.listTools()
  assert.deepEqual(
    tools.map(({ name }) => name),
    ['explain', 'lint', 'diff', 'test', 'validate', 'prove', 'map'],
  )
  for (const { name, annotations, outputSchema } of tools) {
    assert.equal(annotations?.readOnlyHint, true, name)
    assert.equal(outputSchema?.['type'], 'object', name)
  }
})

test('each tool gives the report of its command', async t => {
  const { call, folder } = await start(t, files)
  const before = filesIn(folder)
  const request = { config, method: 'GET', url: 'https://shop.example/orders' }
  const explained = await call('explain', request)
  assert.equal(explained.report?.['rule'], 'orders')
  assertFits('explain', explained.report)
  const denied = await call('explain', { ...request, method: 'POST' })
  assert.equal(denied.isError, false)
  assert.equal(denied.report?.['rule'], null)
  const linted = await call('lint', { config })
  assertFits('lint', linted.report)
  const compared = await call('diff', { before: 'rules.yaml', after: 'new.yaml', config })
  assertFits('diff', compared.report)
  assert.equal(listIn<{ kind: string }>(compared, 'groups')[0]?.kind, 'newly-allowed')
  const tested = await call('test', { files: ['shop.test.yaml'] })
  assertFits('test', tested.report)
  assert.deepEqual(
    listIn<{ passed: boolean }>(tested, 'tests').map(({ passed }) => passed),
    [true, false],
  )
  const proven = await call('prove', { config, claims: 'claims.yaml' })
  assertFits('prove', proven.report?.['proofs'])
  const mapped = await call('map', { config })
  assertFits('map', mapped.report)
  const valid = await call('validate', { config })
  assert.equal(valid.report?.['valid'], true, valid.text)
  assert.deepEqual(filesIn(folder), before)
})

test('a problem of the configuration is the result, as the command says it', async t => {
  const { call } = await start(t, { ...files, 'oarlock.yaml': 'serve: 7\n' })
  const { isError, text } = await call('lint', { config })
  assert.equal(isError, true)
  assert.match(text, /oarlock.yaml:1:1 serve: found 7/)
})

test('files outside of the folder are not read: by path, by link, by the configuration', async t => {
  const model = await start(t, files)
  const { call, folder } = model
  const secret = join(folder, '../secret.yaml')
  writeFileSync(secret, 'authenticators: { top-secret: 1 }\n')
  symlinkSync(secret, join(folder, 'link.yaml'))
  symlinkSync('/', join(folder, 'slash'))
  const named = [
    '../secret.yaml',
    secret,
    '/etc/passwd',
    '..',
    'a/../../secret.yaml',
    '~/x',
    '-',
    '--live',
    'a,b',
    '\0',
    '',
  ]
  const linked = ['link.yaml', 'slash/etc/passwd', `slash${secret}`]
  for (const file of [...named, ...linked]) {
    for (const [tool, input] of [
      ['lint', { config: [file] }],
      ['diff', { before: file, after: 'rules.yaml' }],
      ['test', { files: [file] }],
      ['prove', { config, claims: file }],
      ['explain', { config, method: 'GET', url: 'https://a/', stub: file }],
    ] as const) {
      const answer = await call(tool, input)
      const { isError, text } = answer
      assert.ok(!text.includes('top-secret') && !text.includes('root:'), `${tool} ${file}: ${text}`)
      assert.ok(isError || listIn(answer, 'invalid').length > 0, `${tool} ${file}: ${text}`)
    }
  }
  for (const location of [`file://${secret}`, 'file://link.yaml', 'file://slash/etc/passwd']) {
    writeFileSync(
      join(folder, 'oarlock.yaml'),
      configText('rules.yaml').replace('file://rules.yaml', location),
    )
    const { text } = await call('lint', { config })
    assert.match(text, /is not in the folder/)
    assert.doesNotMatch(text, /top-secret|root:/)
  }
})

test('no other machine is called', async t => {
  let calls = 0
  const server = createServer((_, response) => {
    calls += 1
    response.end('[]')
  })
  const url = `http://${loopback}:${await listen(t, server)}`
  const remote = configText('rules.yaml')
    .replace('file://rules.yaml', `${url}/rules.yaml`)
    .replaceAll('http://127.0.0.1:1/', `${url}/`)
  const { call, folder } = await start(t, {
    ...files,
    'remote.yaml': remote,
    'keys.yaml': configText('jwt.yaml').replaceAll('http://127.0.0.1:1/', `${url}/`),
  })
  writeFileSync(
    join(folder, 'jwt.yaml'),
    rules
      .replace('handler: anonymous', 'handler: jwt')
      .replace('handler: allow', 'handler: remote_json'),
  )
  assert.match(
    (await call('lint', { config: ['remote.yaml'] })).text,
    /this command calls no other machine/,
  )
  const asked = await call('explain', {
    config: ['keys.yaml'],
    method: 'GET',
    url: 'https://shop.example/orders',
    headers: ['Authorization: Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.e30.AAAA'],
    as: 'alice',
  })
  assert.equal(asked.report?.['rule'], 'orders', asked.text)
  for (const tool of ['lint', 'validate', 'map']) await call(tool, { config: ['keys.yaml'] })
  assert.equal(calls, 0)
})

test('arguments that do not fit are refused; options cannot be smuggled in', async t => {
  const { call } = await start(t, files)
  const wrong: [string, object][] = [
    ['lint', {}],
    ['lint', { config: 'oarlock.yaml' }],
    ['lint', { config, fix: true }],
    ['explain', { config, method: 'GET --live', url: 'https://a/' }],
    ['explain', { config, method: 'GET', url: 'https://a/', door: 'x' }],
    ['test', { files: [] }],
  ]
  for (const [tool, input] of wrong) {
    const answer = await call(tool, input).catch((error: Error) => ({
      isError: true,
      text: error.message,
    }))
    assert.equal(answer.isError, true, JSON.stringify(input))
  }
  const { report } = await call('explain', { config, method: 'GET', url: '--live' })
  assert.equal(report, undefined)
})

test('a call is cancelled, and the process goes on', async t => {
  const { call, client } = await start(t, files)
  const controller = new AbortController()
  const slow = client.callTool(
    { name: 'lint', arguments: { config } },
    { signal: controller.signal },
  )
  controller.abort()
  await assert.rejects(slow)
  assert.equal((await call('validate', { config })).isError, false)
})

test('a result that is too long is refused', async t => {
  const name = 'x'.repeat(10_000)
  const many = Array.from({ length: 500 }, (_, i) => ({
    name: `${i} ${name}`,
    request: 'GET https://shop.example/orders',
    expect: { allow: 'orders' },
  }))
  const text = JSON.stringify({ oarlock_test: 1, config: 'oarlock.yaml', tests: many })
  const { call } = await start(t, { ...files, 'long.test.yaml': text })
  const answer = await call('test', { files: ['long.test.yaml'] })
  assert.equal(answer.isError, true)
  assert.match(answer.text, /its result is longer than 4194304 bytes/)
})

test('broken input does not end it, a line of more than 10 MiB does', async t => {
  const folder = temporaryFolder(t)
  const child = spawn(process.execPath, [join(root, 'dist/main.js'), 'mcp'], { cwd: folder })
  t.after(() => void child.kill('SIGKILL'))
  let out = ''
  child.stdout.setEncoding('utf8').on('data', chunk => {
    out += chunk
  })
  child.stdin.on('error', () => undefined)
  const ended = new Promise(resolve => child.once('exit', resolve))
  const params = {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'a', version: '1' },
  }
  const send = (message: object) =>
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  send({ id: 1, method: 'initialize', params })
  await until(() => out.includes('"id":1'), 'an answer to initialize')
  for (const line of [
    '',
    '{',
    '[]',
    'null',
    '\0',
    '{"jsonrpc":"1.0"}',
    '['.repeat(100_000),
    '{"jsonrpc":"2.0","id":{},"method":"x"}',
  ])
    child.stdin.write(`${line}\n`)
  for (const [i, method] of ['__proto__', 'constructor', 'no/such'].entries()) {
    send({ id: 10 + i, method, params: {} })
    await until(() => out.includes(`"id":${10 + i}`), `an answer to ${method}`)
  }
  send({ id: 20, method: 'tools/call', params: { name: '__proto__', arguments: {} } })
  await until(() => out.includes('"id":20'), 'an answer to an unknown tool')
  send({ id: 21, method: 'ping' })
  await until(() => out.includes('"id":21'), 'an answer to ping')
  child.stdin.write('x'.repeat(11 * 2 ** 20))
  assert.equal(await ended, 0)
})

/** What it says on standard error, and its exit code. */
async function failing(t: TestContext, before: readonly string[], more: readonly string[]) {
  const child = spawn(process.execPath, [...before, join(root, 'dist/main.js'), 'mcp', ...more])
  t.after(() => void child.kill('SIGKILL'))
  let err = ''
  child.stderr.on('data', chunk => {
    err += chunk
  })
  const code = await new Promise(resolve => child.once('close', resolve))
  return { code, err }
}

test('the folder must exist, and the package be installed', async t => {
  assert.deepEqual(await failing(t, [], ['--root', '/no/such']), {
    code: 2,
    err: 'error: --root: found "/no/such", expected a folder\n',
  })
  const without = ['--import', join(root, 'test/support/without-mcp-sdk.mjs')]
  assert.deepEqual(await failing(t, without, []), {
    code: 1,
    err: 'error: the package @modelcontextprotocol/server is missing: npm install @modelcontextprotocol/server\n',
  })
})

test('the published schemas and the pages of codes are in the package', () => {
  const { files: listed } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const folder of ['docs/schemas', 'docs/lint']) assert.ok(listed.includes(folder))
})
