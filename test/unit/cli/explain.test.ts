/** What `explain` prints of rules and of servers that are hostile. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { exitCode } from '../../../src/cli/exit-codes.ts'
import { explain } from '../../../src/cli/explain.ts'
import { temporaryFolder } from '../../support/folder.ts'

function collected() {
  const texts: string[] = []
  const add = (text: string): void => void texts.push(text)
  return { output: { out: add, err: add }, text: () => texts.join('') }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\0-\x09\x0b-\x1f\x7f-\x9f]/

function configuration(t: TestContext, authorizer: object = { handler: 'allow' }): string {
  const folder = temporaryFolder(t)
  const rule = {
    id: 'a\u001b[31mred\u009b',
    match: { url: 'http://h/x', methods: ['GET'] },
    authenticators: [{ handler: 'noop' }],
    authorizer,
    mutators: [{ handler: 'noop' }],
  }
  const rules = join(folder, 'rules.json')
  writeFileSync(rules, JSON.stringify([rule]))
  const config = join(folder, 'oarlock.yaml')
  writeFileSync(
    config,
    JSON.stringify({
      access_rules: { repositories: [`file://${rules}`] },
      authenticators: { noop: { enabled: true } },
      authorizers: { allow: { enabled: true }, cel: { enabled: true } },
      mutators: { noop: { enabled: true } },
    }),
  )
  return config
}

for (const format of ['pretty', 'compact']) {
  test(`${format}: control characters of a rule do not reach the terminal`, async t => {
    const { output, text } = collected()
    const asked = { method: 'GET', url: 'http://h/x' }
    const code = await explain(asked, { config: [configuration(t)], format }, output)
    assert.equal(code, 0)
    assert.match(text(), /a \[31mred/)
    assert.doesNotMatch(text(), controls)
  })
}

test('an expression that is false is named', async t => {
  const { output, text } = collected()
  const cel = { handler: 'cel', config: { expression: 'request.method == "PUT"' } }
  const asked = { method: 'GET', url: 'http://h/x' }
  const code = await explain(asked, { config: [configuration(t, cel)] }, output)
  assert.equal(code, 10)
  assert.match(text(), /authorizer cel: forbidden, .*\n +expression: it is false\n/)
})

const whole = {
  request: { door: 'grpc', method: 'GET', url: null, sent: 'http://h/', changes: [] },
  rule: null,
  outcome: { kind: 'allow', missing: [] },
  candidates: [],
  nearest: [],
  steps: [],
  headers: { set: {}, removed: [], owned: [] },
  answers: {},
}

const answers: Readonly<Record<string, readonly [body: unknown, code: number]>> = {
  'an explanation': [whole, exitCode.fine],
  nothing: [{}, exitCode.failed],
  'an unknown outcome': [{ ...whole, outcome: { kind: 'fine', missing: [] } }, exitCode.failed],
  'an outcome of Object.prototype': [
    { ...whole, outcome: { kind: 'constructor', missing: [] } },
    exitCode.failed,
  ],
  'a step that is none': [{ ...whole, steps: [null] }, exitCode.failed],
}

for (const [name, [body, expected]] of Object.entries(answers)) {
  test(`a server that answers ${name} gives exit code ${expected}`, async t => {
    process.env['OARLOCK_EXPLAIN_TOKEN'] = 'a token'
    const server = createServer((_, response) => response.end(JSON.stringify(body)))
    t.after(() => server.close())
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { output, text } = collected()
    const endpoint = `http://user:password@127.0.0.1:${port}`
    const code = await explain({ method: 'GET', url: 'http://h/' }, { endpoint }, output)
    assert.equal(code, expected)
    assert.doesNotMatch(text(), /password/)
  })
}

test('a line of a decision log that is too long is refused, not kept', async t => {
  const log = join(temporaryFolder(t), 'decisions.log')
  writeFileSync(log, 'x'.repeat(3_000_000))
  const { output, text } = collected()
  const asked = { method: undefined, url: undefined }
  assert.equal(await explain(asked, { fromLog: 'a', log }, output), exitCode.failed)
  assert.match(text(), /line 1 is longer than/)
})
