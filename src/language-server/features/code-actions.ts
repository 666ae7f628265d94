/** Changes that settle findings of lint. */
import type { CodeAction, Range, TextEdit } from 'vscode-languageserver-types'
import type { Note } from '../worker/messages.ts'

export interface Acting {
  readonly uri: string
  readonly text: string
  /** Notes of this text. */
  readonly notes: readonly Note[]
  readonly range: Range
  /** The form of the file has comments. */
  readonly hasComments: boolean
}

export function codeActionsAt(acting: Acting): readonly CodeAction[] {
  const lines = acting.text.split('\n')
  return acting.notes
    .filter(({ isFinding, diagnostic }) => isFinding && overlap(diagnostic.range, acting.range))
    .flatMap(note => [...fixOf(note, lines, acting), ...commentOf(note, lines, acting)])
}

const overlap = (one: Range, other: Range): boolean =>
  one.start.line <= other.end.line && other.start.line <= one.end.line

/** The change of `lint --fix`: only where the text stands in the line exactly once, as there. */
function fixOf(note: Note, lines: readonly string[], acting: Acting): readonly CodeAction[] {
  const { fix, diagnostic } = note
  const { line } = diagnostic.range.start
  const written = lines[line] ?? ''
  if (fix === undefined || written.split(fix.from).length !== 2) return []
  const start = written.indexOf(fix.from)
  const range = {
    start: { line, character: start },
    end: { line, character: start + fix.from.length },
  }
  const title = `${diagnostic.code}: replace ${fix.from} with ${fix.to}`
  return [action({ title, note, edit: { range, newText: fix.to } }, acting)]
}

/** The reason is for the author to write: lint reports the line until then. */
function commentOf(note: Note, lines: readonly string[], acting: Acting): readonly CodeAction[] {
  const { code, range } = note.diagnostic
  if (!acting.hasComments || String(code).startsWith('disable-')) return []
  const { line } = range.start
  const indent = /^\s*/.exec(lines[line] ?? '')?.[0] ?? ''
  const at = { line, character: 0 }
  const newText = `${indent}# oarlock-lint-disable-next-line ${code} -- \n`
  const title = `${code}: switch it off for this line, with a reason`
  return [action({ title, note, edit: { range: { start: at, end: at }, newText } }, acting)]
}

interface Settled {
  readonly title: string
  readonly note: Note
  readonly edit: TextEdit
}

const action = ({ title, note, edit }: Settled, { uri }: Acting): CodeAction => ({
  title,
  kind: 'quickfix',
  diagnostics: [note.diagnostic],
  isPreferred: edit.newText === note.fix?.to,
  edit: { changes: { [uri]: [edit] } },
})
