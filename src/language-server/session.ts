/** One editor: its settings, what it shows, and the checks of it. */
import type { Diagnostic } from 'vscode-languageserver-types'
import { createDocuments, type Documents, mostCharacters, type Shown } from './documents.ts'
import { isTestFile } from './file-kinds.ts'
import { readOptions, type StartOptions } from './options.ts'
import { createScheduler, type Scheduler } from './scheduler.ts'
import type { Checked, Job } from './worker/messages.ts'
import { noteOf, topOfFile } from './worker/notes.ts'
import { createWorkerProcess } from './worker-process.ts'

export type Notify = (method: string, params: object) => void

export interface Session {
  options: StartOptions
  readonly notify: Notify
  readonly documents: Documents
  readonly scheduler: Scheduler
  /** Its text has changed. */
  readonly changed: (one: Shown) => void
  readonly checkAll: () => void
  readonly publish: (one: Shown) => void
  /** Nothing is wrong with a file that is not shown. */
  readonly clear: (uri: string) => void
  /** The text that the job in progress has is the current one. */
  readonly isCurrent: (one: Shown) => boolean
}

export function createSession(notify: Notify): Session {
  const documents = createDocuments()
  const state: Versions = { versions: new Map() }
  const checks: Checks = {
    notify,
    documents,
    isCurrent: one => one.version === state.versions.get(one.path),
  }
  const session: Session = {
    ...checks,
    options: readOptions({}),
    scheduler: createScheduler({
      worker: createWorkerProcess(),
      jobOf: (kind, file) =>
        jobOf({ kind, file, workspace: session.options.workspace }, documents, state),
      onChecked: (file, checked) => take(file, checked, checks),
      onFailed: (file, reason) => fail(file, reason, checks),
    }),
    changed: one => changed(one, session),
    checkAll: () => {
      for (const { path, document } of documents.all()) {
        if (document !== undefined) session.scheduler.changed(path)
      }
    },
    publish: one => publish(one, notify),
    clear: uri => send(notify, { uri, diagnostics: [] }),
  }
  return session
}

/** Of the texts that the job in progress has, by path. */
interface Versions {
  versions: ReadonlyMap<string, number>
}

type Checks = Pick<Session, 'notify' | 'documents' | 'isCurrent'>

function jobOf(
  job: Omit<Job, 'id' | 'texts'>,
  documents: Documents,
  state: Versions,
): Omit<Job, 'id'> {
  const shown = [...documents.all()]
  state.versions = new Map(shown.map(one => [one.path, one.version]))
  const texts = shown.flatMap(({ path, document }) =>
    document === undefined ? [] : [[path, document.getText()] as const],
  )
  return { ...job, texts: new Map(texts) }
}

const byPath = (path: string, documents: Documents): Shown | undefined =>
  [...documents.all()].find(one => one.path === path)

/** Returns the files whose current text was checked. */
function take(file: string, { kind, files, names }: Checked, checks: Checks): readonly string[] {
  return files.flatMap(({ path, notes }) => {
    const one = byPath(path, checks.documents)
    if (one === undefined || !checks.isCurrent(one)) return []
    one.checked = notes
    one.checkedVersion = one.version
    one.names = names ?? one.names
    if (path === file) one.kind = kind
    publish(one, checks.notify)
    return [path]
  })
}

function fail(file: string, reason: string, { documents, notify }: Checks): void {
  const one = byPath(file, documents)
  if (one === undefined) return
  one.checked = [noteOf(topOfFile, `the file could not be checked: ${reason}`, 'warning')]
  publish(one, notify)
}

function changed(one: Shown, { documents, scheduler, notify }: Session): void {
  if (one.document === undefined) {
    refuseLength(one, notify)
    return
  }
  scheduler.changed(one.path)
  if (isTestFile(one.path)) return
  // They offer names of rules.
  for (const { path } of documents.all()) if (isTestFile(path)) scheduler.changed(path)
}

function refuseLength(one: Shown, notify: Notify): void {
  const text = `found more than ${mostCharacters} characters, which are not checked while they are edited: use oarlock validate and oarlock lint`
  one.checked = [noteOf(topOfFile, text, 'warning')]
  publish(one, notify)
}

const publish = ({ uri, version, checked, tested }: Shown, notify: Notify): void =>
  send(notify, {
    uri,
    version,
    diagnostics: [...checked, ...tested].map(({ diagnostic }) => diagnostic),
  })

interface Published {
  readonly uri: string
  readonly diagnostics: readonly Diagnostic[]
  readonly version?: number
}

const send = (notify: Notify, published: Published): void =>
  notify('textDocument/publishDiagnostics', published)
