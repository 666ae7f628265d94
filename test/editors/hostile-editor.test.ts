/** Broken and hostile input of an editor: it ends one message, never the server. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { temporaryFolder } from '../support/folder.ts'
import { startEditor, startServer } from '../support/language-client.ts'
import { until } from '../support/until.ts'

type Message = Readonly<Record<string, unknown>> & { readonly params?: { readonly uri?: string } }

interface Raw {
  readonly folder: string
  readonly child: ChildProcess
  readonly write: (bytes: string | Buffer) => void
  readonly send: (message: unknown) => void
  /** The answer with this id. */
  readonly answer: (id: number | string | null) => Promise<Message>
  readonly seen: () => readonly Message[]
}

const frame = (body: string): string => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

function startRaw(t: TestContext): Raw {
  const folder = temporaryFolder(t)
  const child = startServer(t, folder)
  const seen: Message[] = []
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', chunk => {
    text += chunk
    for (;;) {
      const [head, length] = /^Content-Length: (\d+)\r\n\r\n/.exec(text) ?? []
      if (head === undefined || text.length < head.length + Number(length)) return
      seen.push(JSON.parse(text.slice(head.length, head.length + Number(length))))
      text = text.slice(head.length + Number(length))
    }
  })
  child.stderr?.resume()
  child.stdin?.on('error', () => undefined)
  const write = (bytes: string | Buffer) => void child.stdin?.write(bytes)
  return {
    folder,
    child,
    write,
    send: message => write(frame(JSON.stringify({ jsonrpc: '2.0', ...(message as object) }))),
    seen: () => seen,
    answer: async id => {
      const find = () => seen.find(one => one['id'] === id && !('method' in one))
      await until(
        () => find() !== undefined,
        () => `an answer with id ${id} in ${JSON.stringify(seen)}`,
      )
      return find() ?? {}
    },
  }
}

const errorOf = (message: Message) => (message['error'] as { code?: number } | undefined)?.code

async function initialize(raw: Raw): Promise<void> {
  raw.send({ id: 1000, method: 'initialize', params: { rootUri: pathToFileURL(raw.folder).href } })
  assert.equal(errorOf(await raw.answer(1000)), undefined)
  raw.send({ method: 'initialized', params: {} })
}

test('requests before initialize are refused, notifications are not heard', async t => {
  const raw = startRaw(t)
  raw.send({ id: 1, method: 'textDocument/hover', params: {} })
  raw.send({ method: 'textDocument/didOpen', params: {} })
  assert.equal(errorOf(await raw.answer(1)), -32002)
  await initialize(raw)
  raw.send({ id: 2, method: 'initialize', params: {} })
  assert.equal(errorOf(await raw.answer(2)), -32600)
})

test('unknown methods and parameters of any form are answered', async t => {
  const raw = startRaw(t)
  await initialize(raw)
  const methods = ['__proto__', 'constructor', 'toString', 'no/such', '']
  for (const [i, method] of methods.entries()) {
    raw.send({ id: i, method, params: {} })
    assert.equal(errorOf(await raw.answer(i)), -32601, method)
  }
  const known = ['completion', 'hover', 'codeAction', 'codeLens'].map(
    name => `textDocument/${name}`,
  )
  const forms = [
    null,
    [],
    {},
    { textDocument: null },
    { textDocument: { uri: 7 } },
    { textDocument: { uri: 'file:///no' }, position: 'x' },
  ]
  let id = 100
  for (const method of [...known, 'workspace/executeCommand']) {
    for (const params of forms) {
      raw.send({ id: ++id, method, ...(params && { params }) })
      assert.ok('result' in (await raw.answer(id)), `${method} ${JSON.stringify(params)}`)
    }
  }
  for (const method of ['didOpen', 'didChange', 'didSave', 'didClose']) {
    for (const params of forms)
      raw.send({ method: `textDocument/${method}`, ...(params && { params }) })
  }
  raw.send({ id: 'last', method: 'textDocument/hover', params: {} })
  assert.equal(errorOf(await raw.answer('last')), undefined)
})

test('frames that are not valid are left out, the next one is read', async t => {
  const raw = startRaw(t)
  await initialize(raw)
  const broken = [
    'Content-Length: x\r\n\r\n',
    'Content-Length: -5\r\n\r\n',
    'Content-Length: 0\r\n\r\n',
    'Content-Length: 99999999999999999999\r\n\r\n',
    'Content-Type: a\r\n\r\n',
    '\r\n\r\n',
    `X: ${'a'.repeat(1_000_000)}\r\n\r\n`,
    'a'.repeat(5_000_000),
    frame('{'),
    frame('[]'),
    frame('null'),
    frame('{"jsonrpc":"1.0","id":1,"method":"x"}'),
    frame('{"jsonrpc":"2.0","id":{},"method":"x"}'),
    frame('['.repeat(1_000_000)),
    frame('\u0000\ufffd'),
    'Content-Length: 5\r\n\r\n{"jsonrpc":"2.0"}',
    Buffer.from([0xff, 0xfe, 0x00]),
  ]
  for (const [i, bytes] of broken.entries()) {
    raw.write(bytes)
    raw.send({ id: i, method: 'textDocument/hover', params: {} })
    assert.equal(errorOf(await raw.answer(i)), undefined, `${i}`)
  }
  const refused = raw.seen().filter(message => message['id'] === null)
  assert.ok(refused.length >= 10)
  assert.deepEqual([...new Set(refused.map(errorOf))].sort(), [-32600, -32700])
})

test('a message of more than 32 MiB is skipped', async t => {
  const raw = startRaw(t)
  await initialize(raw)
  const size = 33 * 2 ** 20
  raw.write(`Content-Length: ${size}\r\n\r\n`)
  for (let i = 0; i < 33; i += 1) raw.write(Buffer.alloc(2 ** 20, 0x20))
  raw.send({ id: 1, method: 'textDocument/hover', params: {} })
  assert.equal(errorOf(await raw.answer(1)), undefined)
  assert.equal(errorOf(await raw.answer(null)), -32700)
})

test('the end of the input ends the server', async t => {
  const raw = startRaw(t)
  await initialize(raw)
  const ended = new Promise(resolve => raw.child.once('exit', resolve))
  raw.child.stdin?.end()
  assert.equal(await ended, 1)
})

const config = 'access_rules: { repositories: [file://rules.yaml] }\n'

test('documents: deep, long, with names of prototypes, with aliases; nothing is written', async t => {
  const editor = await startEditor(t, { files: { 'oarlock.yaml': config, 'rules.yaml': '[]\n' } })
  const before = editor.files()
  const deep = `${'['.repeat(64)}${']'.repeat(64)}`
  const texts = [
    deep,
    `a: ${deep}`,
    '{'.repeat(100_000),
    '__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }\n',
    '- __proto__: { id: x }\n  id: __proto__\n  match: { url: "<" }\n  authenticators: [{ handler: __proto__ }]\n  authorizer: { handler: constructor }\n',
    `a: &a [${'x,'.repeat(10)}]\nb: &b [${'*a,'.repeat(10)}]\nc: &c [${'*b,'.repeat(10)}]\nd: [${'*c,'.repeat(2000)}]\n`,
    '\u0000\u001b[31m: \ud800',
    '---\n---\n---\n',
    '*x: &y *y',
    `- id: "${'\u202e'.repeat(100)}"\n`,
  ]
  for (const name of ['oarlock.yaml', 'rules.yaml', 'x.test.yaml']) {
    editor.open(name, '')
    for (const text of texts) {
      editor.change(name, text)
      await editor.diagnostics(name)
      for (const method of ['completion', 'hover']) {
        await editor.connection.sendRequest(`textDocument/${method}`, {
          textDocument: { uri: editor.uri(name) },
          position: { line: 0, character: 3 },
        })
      }
    }
  }
  editor.change('rules.yaml', `- ${'a'.repeat(10_000_000)}`)
  const [long] = await editor.diagnostics('rules.yaml')
  assert.match(long?.message ?? '', /^found more than 2097152 characters/)
  editor.change('rules.yaml', '[]\n')
  assert.deepEqual(await editor.diagnostics('rules.yaml'), [])
  assert.deepEqual(editor.files(), before)
})

test('settings of any form are refused with a message', async t => {
  const editor = await startEditor(t, {
    files: {},
    initialize: { initializationOptions: { config: { a: 1 }, folder: 7 } },
  })
  await until(() => editor.messages().length === 2, 'two messages')
  assert.match(
    editor.messages().join('\n'),
    /initializationOptions.config: found .*, expected a path or a list of paths/,
  )
  assert.match(
    editor.messages().join('\n'),
    /initializationOptions.folder: found 7.*, expected a path/,
  )
})

test('links, pipes and folders in the place of files do not stop it', async t => {
  const editor = await startEditor(t, { files: { 'oarlock.yaml': config } })
  execFileSync('mkfifo', [join(editor.folder, 'rules.yaml')])
  const odd = ['rules.yaml', '/dev/zero', '/proc/self/mem', '.', ''].map(path => `file://${path}`)
  editor.open('oarlock.yaml', JSON.stringify({ access_rules: { repositories: odd } }))
  const found = await editor.diagnostics('oarlock.yaml')
  // An empty file of the kernel has no rules.
  assert.equal(found.length, odd.length - 1, JSON.stringify(found))
})

/** Processes that run in the folder. */
const processesIn = (folder: string): readonly string[] =>
  readdirSync('/proc').filter(name => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === folder
    } catch {
      return false
    }
  })

test('a server that is killed leaves no process behind, even while a check waits for a pipe', async t => {
  const raw = startRaw(t)
  const pipe = join(raw.folder, 'config.yaml')
  execFileSync('mkfifo', [pipe])
  const closed = new Promise(resolve => raw.child.once('close', resolve))
  const uri = pathToFileURL(join(raw.folder, 'oarlock.yaml')).href
  raw.send({
    id: 1,
    method: 'initialize',
    params: {
      rootUri: pathToFileURL(raw.folder).href,
      initializationOptions: { config: [pipe] },
    },
  })
  await raw.answer(1)
  raw.send({ method: 'initialized', params: {} })
  raw.send({
    method: 'textDocument/didOpen',
    params: { textDocument: { uri, languageId: 'yaml', version: 1, text: config } },
  })
  await until(() => processesIn(raw.folder).length === 2, 'the server and the process that checks')
  // Some machines do not say what a thread waits for.
  const most = performance.now() + 5000
  await until(() => isWaiting(raw.folder) || performance.now() > most, 'a check waits')
  raw.child.kill('SIGKILL')
  await until(() => processesIn(raw.folder).length === 0, 'both have ended')
  await closed
})

/** A thread is blocked while it opens a pipe that nobody writes. */
const isWaiting = (folder: string): boolean =>
  processesIn(folder).some(pid =>
    readdirSync(`/proc/${pid}/task`).some(thread =>
      /fifo|partner/.test(readFileSync(`/proc/${pid}/task/${thread}/wchan`, 'utf8')),
    ),
  )
