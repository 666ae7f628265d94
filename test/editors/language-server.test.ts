/** What an editor gets from the real process. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { CodeAction, CompletionItem, Hover } from 'vscode-languageserver-protocol/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { root } from '../support/folder.ts'
import { cursorIn, type Editor, marked, startEditor } from '../support/language-client.ts'

const config = `authenticators:
  anonymous: { enabled: true }
  jwt: { enabled: true, config: { jwks_urls: [https://login.example/keys], target_audience: [shop] } }
authorizers:
  allow: { enabled: true }
mutators:
  noop: { enabled: true }
serve: { api: { forwarded: envoy } }
access_rules:
  repositories: [file://rules.yaml]
`

const rules = `- id: orders
  match: { hosts: [shop.example], paths: [/orders], methods: [GET] }
  authenticators: [{ handler: anonymous }]
  authorizer: { handler: allow }
  mutators: [{ handler: noop }]
`

const files = { 'oarlock.yaml': config, 'rules.yaml': rules }

const codes = async (editor: Editor, name: string) =>
  (await editor.diagnostics(name)).map(({ code, message }) => code ?? message)

test('validate: the text that is shown is checked, with the exact place', async t => {
  const editor = await startEditor(t, { files })
  const wrong = config.replace('allow: { enabled: true }', 'allow: { enabled: maybe, more: 1 }')
  editor.open('oarlock.yaml', wrong)
  const found = await editor.diagnostics('oarlock.yaml')
  assert.deepEqual(
    found.map(one => [one.message, marked(wrong, one), one.severity]),
    [
      ['authorizers.allow.enabled: found "maybe" (string), expected true or false', 'maybe', 1],
      [
        'authorizers.allow.more: found an unknown key, expected no such key; there are enabled',
        'more',
        1,
      ],
    ],
  )
  editor.change('oarlock.yaml', config)
  assert.deepEqual(await codes(editor, 'oarlock.yaml'), [])
  editor.change('oarlock.yaml', `${config}\n  a: [`)
  const [broken] = await editor.diagnostics('oarlock.yaml')
  assert.match(broken?.message ?? '', /expected YAML$/)
})

test('rules: what does not compile is marked in the rule file, by handler and key', async t => {
  const editor = await startEditor(t, { files })
  const wrong = `${rules}
- id: more
  match: { hosts: [shop.example], paths: ["/mo<re"], methods: [GET] }
  authenticators:
    - handler: anonymous
    - handler: jwt
      config: { target_audience: 7 }
  authorizer: { handler: deny }
  mutators: [{ handler: noop }]
  upstrem: {}
`
  editor.open('rules.yaml', wrong)
  const found = await editor.diagnostics('rules.yaml')
  const placed = new Map(found.map(one => [marked(wrong, one), one.message]))
  assert.match(placed.get('7') ?? '', /^rule "more": authenticator "jwt": config.target_audience: /)
  assert.match(placed.get('deny') ?? '', /authorizer "deny" is disabled in the configuration/)
  assert.match(placed.get('upstrem') ?? '', /unknown key "upstrem" is ignored/)
  editor.change('rules.yaml', '- id: [')
  const [broken] = await editor.diagnostics('rules.yaml')
  assert.match(broken?.message ?? '', /^neither JSON nor YAML: /)
})

test('lint: code, level, page, related place; the other shown files too', async t => {
  const second = rules.replace('id: orders', 'id: again')
  const editor = await startEditor(t, {
    files: {
      ...files,
      'oarlock.yaml': config.replace(
        '[file://rules.yaml]',
        '[file://rules.yaml, file://more.yaml]',
      ),
      'more.yaml': '[]\n',
    },
  })
  editor.open('rules.yaml')
  assert.deepEqual(await codes(editor, 'rules.yaml'), [])
  editor.open('more.yaml', second)
  const found = await editor.diagnostics('more.yaml')
  const overlap = found.find(({ code }) => code === 'unreachable' || code === 'overlap')
  assert.equal(overlap?.severity, 1)
  assert.equal(overlap?.source, 'oarlock lint')
  assert.match(
    overlap?.codeDescription?.href ?? '',
    /^file:.*\/docs\/lint\/(?:overlap|unreachable)\.md$/,
  )
  assert.equal(overlap?.relatedInformation?.[0]?.location.uri, editor.uri('rules.yaml'))
  assert.deepEqual(editor.files(), { ...editor.files(), [`${editor.folder}/more.yaml`]: '[]\n' })
})

async function actionsAt(
  editor: Editor,
  name: string,
  line: number,
): Promise<readonly CodeAction[]> {
  const at = { line, character: 0 }
  return editor.connection.sendRequest('textDocument/codeAction', {
    textDocument: { uri: editor.uri(name) },
    range: { start: at, end: at },
    context: { diagnostics: [] },
  })
}

test('code actions: the fix of lint, and a comment that switches a finding off', async t => {
  const open = rules.replace(
    'hosts: [shop.example], paths: [/orders]',
    'url: "https://shop.example<.*>/orders"',
  )
  const editor = await startEditor(t, { files })
  editor.open('rules.yaml', open)
  const found = await editor.diagnostics('rules.yaml')
  assert.ok(found.length > 0)
  const line = found[0]?.range.start.line ?? 0
  const actions = await actionsAt(editor, 'rules.yaml', line)
  const comment = actions.find(({ title }) => title.includes('switch it off'))
  const [edit] = comment?.edit?.changes?.[editor.uri('rules.yaml')] ?? []
  assert.equal(edit?.newText, `  # oarlock-lint-disable-next-line ${found[0]?.code} -- \n`)
  assert.deepEqual(edit?.range, { start: { line, character: 0 }, end: { line, character: 0 } })
})

test('code actions: the change is that of lint --fix', async t => {
  const valued = rules.replace(
    '{ handler: noop }',
    "{ handler: header, config: { headers: { X-Name: '{{ .Extra.name }}' } } }",
  )
  const header = 'mutators:\n  header: { enabled: true, config: { headers: {} } }\n'
  const enabled = config.replace('mutators:\n', header)
  const editor = await startEditor(t, {
    files: { 'oarlock.yaml': enabled, 'rules.yaml': valued },
  })
  editor.open('rules.yaml')
  await editor.diagnostics('rules.yaml')
  const actions = await actionsAt(editor, 'rules.yaml', 4)
  const fix = actions.find(({ isPreferred }) => isPreferred)
  const [edit] = fix?.edit?.changes?.[editor.uri('rules.yaml')] ?? []
  assert.ok(edit, JSON.stringify(actions))
  const applied = TextDocument.applyEdits(TextDocument.create('', '', 1, valued), [edit])
  const main = join(root, 'dist/main.js')
  spawnSync(process.execPath, [main, 'lint', '-c', 'oarlock.yaml', '--fix'], { cwd: editor.folder })
  assert.notEqual(applied, valued)
  assert.equal(readFileSync(join(editor.folder, 'rules.yaml'), 'utf8'), applied)
})

async function completions(
  editor: Editor,
  name: string,
  written: string,
): Promise<readonly CompletionItem[]> {
  const { text, position } = cursorIn(written)
  editor.change(name, text)
  return editor.connection.sendRequest('textDocument/completion', {
    textDocument: { uri: editor.uri(name) },
    position,
  })
}

const labels = (items: readonly CompletionItem[]) => items.map(({ label }) => label)

test('completion: keys, values, and handlers that the configuration enables', async t => {
  const editor = await startEditor(t, { files })
  editor.open('rules.yaml')
  await editor.diagnostics('rules.yaml')
  const inRule = (text: string) => `- id: a\n  ${text}`
  const keys = await completions(editor, 'rules.yaml', inRule('mat|'))
  assert.ok(labels(keys).includes('match'))
  assert.ok(!labels(keys).includes('id'))
  const match = keys.find(({ label }) => label === 'match')
  assert.deepEqual(match?.textEdit, {
    range: { start: { line: 1, character: 2 }, end: { line: 1, character: 5 } },
    newText: 'match:',
  })
  const handler = inRule('authenticators:\n    - handler: |\n  mutators: []\n')
  assert.deepEqual(labels(await completions(editor, 'rules.yaml', handler)), ['anonymous', 'jwt'])
  const settings = inRule('authenticators: [{ handler: jwt, config: { req| } }]')
  assert.ok(labels(await completions(editor, 'rules.yaml', settings)).includes('required_scope'))
  const flow = inRule('authorizer: { handler: | }')
  assert.deepEqual(labels(await completions(editor, 'rules.yaml', flow)), ['allow'])
  assert.deepEqual(await completions(editor, 'rules.yaml', inRule('# mat|')), [])
  editor.open('oarlock.yaml')
  const strategy = await completions(editor, 'oarlock.yaml', `${config}  matching_strategy: |`)
  assert.deepEqual(labels(strategy).slice(0, 2).sort(), ['glob', 'regexp'])
})

test('hover: what the schema says', async t => {
  const editor = await startEditor(t, { files })
  editor.open('rules.yaml')
  await editor.diagnostics('rules.yaml')
  const hover = await editor.connection.sendRequest<Hover>('textDocument/hover', {
    textDocument: { uri: editor.uri('rules.yaml') },
    position: { line: 1, character: 4 },
  })
  const { value } = hover.contents as { value: string }
  assert.match(value, /Exactly one rule must match a request/)
  assert.deepEqual(hover.range, {
    start: { line: 1, character: 2 },
    end: { line: 1, character: 7 },
  })
})

const tests = `oarlock_test: 1
config: oarlock.yaml
tests:
  - name: orders
    request: GET https://shop.example/orders
    expect: { allow: orders }
  - name: other
    request: GET https://shop.example/other
    expect: { allow: orders }
`

test('tests: names of rules, the lens, failures at their lines', async t => {
  const editor = await startEditor(t, { files: { ...files, 'shop.test.yaml': tests } })
  editor.open('shop.test.yaml')
  assert.deepEqual(await editor.diagnostics('shop.test.yaml'), [])
  const expected = tests.replace('{ allow: orders }', '{ allow: | }')
  assert.deepEqual(labels(await completions(editor, 'shop.test.yaml', expected)), ['orders'])
  editor.change('shop.test.yaml', tests)
  await editor.diagnostics('shop.test.yaml')
  const [lens] = await editor.connection.sendRequest<
    { command: { command: string; arguments: unknown[] } }[]
  >('textDocument/codeLens', { textDocument: { uri: editor.uri('shop.test.yaml') } })
  const before = editor.count('shop.test.yaml')
  const result = await editor.connection.sendRequest('workspace/executeCommand', lens?.command)
  assert.deepEqual(result, { passed: 1, failed: 1, skipped: 0, problems: [] })
  assert.ok(editor.count('shop.test.yaml') > before)
  const [failure] = await editor.diagnostics('shop.test.yaml')
  assert.equal(failure?.range.start.line, 6)
  assert.match(failure?.message ?? '', /^failed: other\n/)
  assert.deepEqual(editor.messages(), ['oarlock test: 1 passed, 1 failed'])
  const mistaken = tests.replace('GET https://shop.example/other', '{ methd: GET }')
  editor.change('shop.test.yaml', mistaken)
  const [mistake] = await editor.diagnostics('shop.test.yaml')
  assert.equal(mistake && marked(mistaken, mistake), 'methd')
})

test('the configuration that the settings name is used; other files are left alone', async t => {
  const editor = await startEditor(t, {
    files: {
      'conf/base.yaml': config.replace('file://rules.yaml', 'file://rules/a.yaml'),
      'rules/a.yaml': rules,
      'compose.yaml': 'services: { a: { image: b } }\n',
    },
    initialize: { initializationOptions: { config: 'conf/base.yaml', other: 1 } },
  })
  editor.open('rules/a.yaml', rules.replace('handler: allow', 'handler: deny'))
  const found = await editor.diagnostics('rules/a.yaml')
  assert.match(found.map(({ message }) => message).join(), /authorizer "deny" is disabled/)
  editor.open('compose.yaml')
  assert.deepEqual(await editor.diagnostics('compose.yaml'), [])
})

test('a remote source is not read, which is said', async t => {
  const remote = config.replace('file://rules.yaml', 'http://127.0.0.1:1/rules.yaml')
  const editor = await startEditor(t, { files: { 'oarlock.yaml': remote } })
  editor.open('oarlock.yaml')
  const [note] = await editor.diagnostics('oarlock.yaml')
  assert.match(note?.message ?? '', /this command calls no other machine/)
  assert.equal(note?.severity, 3)
})

test('shutdown and exit end it with 0, exit alone with 1', async t => {
  const first = await startEditor(t, { files })
  await first.connection.sendRequest('shutdown')
  await assert.rejects(first.connection.sendRequest('textDocument/hover', {}), { code: -32600 })
  void first.connection.sendNotification('exit')
  assert.equal(await first.exitCode, 0)
  const second = await startEditor(t, { files })
  second.open('rules.yaml')
  void second.connection.sendNotification('exit')
  assert.equal(await second.exitCode, 1)
})
