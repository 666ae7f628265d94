/** What the editor shows, with the notes about it. */
import { fileURLToPath } from 'node:url'
import {
  TextDocument,
  type TextDocumentContentChangeEvent,
} from 'vscode-languageserver-textdocument'
import { isKnownFile, isTestFile } from './file-kinds.ts'
import type { FileKind, Names, Note } from './worker/messages.ts'

export interface Shown {
  readonly uri: string
  readonly path: string
  version: number
  /** undefined: it is too long to be checked. */
  document: TextDocument | undefined
  kind: FileKind
  names: Names | undefined
  /** Of the check of this version. */
  checked: readonly Note[]
  /** The version that they are of. */
  checkedVersion: number | undefined
  /** Of the last run of its tests, until it is changed. */
  tested: readonly Note[]
}

/** Characters of a document. Rules of ten thousand lines have a third of it. */
export const mostCharacters = 2 * 1024 * 1024
const mostDocuments = 1000

export interface Documents {
  /** undefined: the server does not look at such documents. */
  readonly open: (uri: string, version: number, text: string) => Shown | undefined
  readonly change: (
    uri: string,
    version: number,
    changes: readonly TextDocumentContentChangeEvent[],
  ) => Shown | undefined
  readonly close: (uri: string) => Shown | undefined
  readonly get: (uri: string) => Shown | undefined
  readonly all: () => Iterable<Shown>
}

export function createDocuments(): Documents {
  const shown = new Map<string, Shown>()
  return {
    get: uri => shown.get(uri),
    all: () => shown.values(),
    open: (uri, version, text) => {
      const path = pathOf(uri)
      if (path === undefined || !isKnownFile(path) || shown.size >= mostDocuments) return undefined
      const opened = { uri, path, version, ...nothing, kind: guessKind(path, text) }
      const document = textDocument(uri, version, text)
      const one: Shown = { ...opened, document }
      shown.set(uri, one)
      return one
    },
    change: (uri, version, changes) => {
      const one = shown.get(uri)
      if (one === undefined) return undefined
      one.version = version
      one.tested = []
      one.document = changed(one, version, changes)
      return one
    },
    close: uri => {
      const one = shown.get(uri)
      shown.delete(uri)
      return one
    },
  }
}

const nothing = {
  names: undefined,
  checked: [],
  checkedVersion: undefined,
  tested: [],
} satisfies Partial<Shown>

const textDocument = (uri: string, version: number, text: string): TextDocument | undefined =>
  text.length > mostCharacters ? undefined : TextDocument.create(uri, 'yaml', version, text)

/** A document that is too long is taken up again when all of its text is sent. */
const changed = (
  { uri, document }: Shown,
  version: number,
  changes: readonly TextDocumentContentChangeEvent[],
): TextDocument | undefined =>
  changes.reduce<TextDocument | undefined>(
    (current, change) =>
      'range' in change
        ? current && shortEnough(TextDocument.update(current, [change], version))
        : textDocument(uri, version, change.text),
    document,
  )

const shortEnough = (document: TextDocument): TextDocument | undefined =>
  document.getText().length > mostCharacters ? undefined : document

function pathOf(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined
  } catch {
    return undefined
  }
}

/** Until it is checked. */
function guessKind(path: string, text: string): FileKind {
  if (isTestFile(path)) return 'test'
  if (/(?:^|\/)(?:oarlock|oathkeeper)\.\w+$/i.test(path)) return 'config'
  return /^(?:\s|#.*)*(?:-\s|\[)/.test(text.slice(0, 4096)) ? 'rules' : 'other'
}
