/** What an editor says. Parameters are as they come. */
import type { Handlers, Params } from './lifecycle.ts'
import { shownOf } from './requests.ts'
import type { Session } from './session.ts'

export const notificationsOf = (session: Session): Handlers['notifications'] => ({
  'textDocument/didOpen': params => didOpen(params, session),
  'textDocument/didChange': params => didChange(params, session),
  'textDocument/didSave': params => didSave(params, session),
  'textDocument/didClose': params => didClose(params, session),
  'workspace/didChangeWatchedFiles': session.checkAll,
})

interface NamedVersion {
  readonly uri?: unknown
  readonly version?: unknown
  readonly text?: unknown
}

function didOpen({ textDocument }: Params, { documents, changed }: Session): void {
  const { uri, version, text } = (textDocument ?? {}) as NamedVersion
  if (typeof uri !== 'string' || typeof text !== 'string') return
  const one = documents.open(uri, Number(version) || 0, text)
  if (one !== undefined) changed(one)
}

function didChange(params: Params, { documents, changed }: Session): void {
  const { uri, version } = (params['textDocument'] ?? {}) as NamedVersion
  const { contentChanges } = params
  if (typeof uri !== 'string' || !Array.isArray(contentChanges)) return
  const one = documents.change(uri, Number(version) || 0, contentChanges as never)
  if (one !== undefined) changed(one)
}

function didSave(params: Params, session: Session): void {
  const one = shownOf(params, session)
  if (one !== undefined) session.changed(one)
}

/** What the others belong to may be the text on the disk from now on. */
function didClose(params: Params, session: Session): void {
  const one = shownOf(params, session)
  if (one === undefined) return
  session.documents.close(one.uri)
  session.scheduler.closed(one.path)
  session.clear(one.uri)
  session.checkAll()
}
