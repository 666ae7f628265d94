/** An editor: speaks the Language Server Protocol with the real process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  createProtocolConnection,
  type Diagnostic,
  type InitializeParams,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node'
import type { Cleanup } from './cleanup.ts'
import { root, temporaryFolder } from './folder.ts'
import { until } from './until.ts'

/** Messages are plain text. */
export interface Marked extends Diagnostic {
  message: string
}

export interface Editor {
  readonly folder: string
  readonly uri: (name: string) => string
  readonly connection: ProtocolConnection
  readonly process: ChildProcess
  /** Opens it with the text that it shows, else with that of the file. */
  readonly open: (name: string, text?: string) => void
  /** Replaces all of the text. */
  readonly change: (name: string, text: string) => void
  /** Of the current version, when they arrive. */
  readonly diagnostics: (name: string) => Promise<readonly Marked[]>
  /** How often diagnostics of the file arrived. */
  readonly count: (name: string) => number
  readonly messages: () => readonly string[]
  readonly exitCode: Promise<number | null>
  /** Every file of the folder with its text. */
  readonly files: () => Readonly<Record<string, string>>
}

export interface EditorOptions {
  readonly files: Readonly<Record<string, string>>
  readonly initialize?: Partial<InitializeParams>
}

/** The process without an editor: its streams. */
export function startServer(t: Cleanup, folder: string): ChildProcess {
  const child = spawn(process.execPath, [join(root, 'dist/main.js'), 'language-server'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  t.after(() => void child.kill('SIGKILL'))
  return child
}

export async function startEditor(t: Cleanup, options: EditorOptions): Promise<Editor> {
  const folder = temporaryFolder(t)
  for (const [name, text] of Object.entries(options.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const child = startServer(t, folder)
  const { stdin, stdout } = child
  if (stdin === null || stdout === null) throw new Error('no pipes')
  child.stderr?.resume()
  const exitCode = new Promise<number | null>(resolve => child.once('exit', resolve))
  const connection = createProtocolConnection(
    new StreamMessageReader(stdout),
    new StreamMessageWriter(stdin),
  )
  const published = new Map<string, PublishDiagnosticsParams>()
  const counts = new Map<string, number>()
  const messages: string[] = []
  connection.onNotification(PublishDiagnosticsNotification.type, params => {
    published.set(params.uri, params)
    counts.set(params.uri, (counts.get(params.uri) ?? 0) + 1)
  })
  connection.onNotification('window/showMessage', ({ message }: { message: string }) => {
    messages.push(message)
  })
  connection.listen()
  const uri = (name: string) => pathToFileURL(join(folder, name)).href
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: {},
    ...options.initialize,
  })
  void connection.sendNotification('initialized', {})
  const versions = new Map<string, number>()
  const nextVersion = (name: string): number => {
    const version = (versions.get(name) ?? 0) + 1
    versions.set(name, version)
    return version
  }
  return {
    folder,
    uri,
    connection,
    process: child,
    exitCode,
    messages: () => messages,
    count: name => counts.get(uri(name)) ?? 0,
    open: (name, text = readFileSync(join(folder, name), 'utf8')) =>
      void connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri: uri(name), languageId: 'yaml', version: nextVersion(name), text },
      }),
    change: (name, text) =>
      void connection.sendNotification('textDocument/didChange', {
        textDocument: { uri: uri(name), version: nextVersion(name) },
        contentChanges: [{ text }],
      }),
    diagnostics: async name => {
      const wanted = versions.get(name)
      await until(
        () => published.get(uri(name))?.version === wanted,
        `diagnostics of version ${wanted} of ${name}`,
      )
      const found = published.get(uri(name))?.diagnostics ?? []
      return found.map(one => ({ ...one, message: String(one.message) }))
    },
    files: () => filesIn(folder),
  }
}

export const filesIn = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .sort()
      .map(path => [path, readFileSync(path, 'utf8')]),
  )

/** The text that a range of it marks. */
export function marked(text: string, { range: { start, end } }: Diagnostic): string {
  const lines = text.split('\n')
  return start.line === end.line
    ? (lines[start.line] ?? '').slice(start.character, end.character)
    : lines.slice(start.line, end.line + 1).join('\n')
}

/** Where the mark `|` stands; the text without it. */
export function cursorIn(text: string) {
  const at = text.indexOf('|')
  const before = text.slice(0, at).split('\n')
  return {
    text: text.slice(0, at) + text.slice(at + 1),
    position: { line: before.length - 1, character: before.at(-1)?.length ?? 0 },
  }
}
