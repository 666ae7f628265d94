/** What an editor asks. Parameters are as they come. */
import type { Position, Range } from 'vscode-languageserver-types'
import type { Shown } from './documents.ts'
import { codeActionsAt } from './features/code-actions.ts'
import { completionsAt } from './features/completion.ts'
import { hoverAt } from './features/hover.ts'
import type { Handlers, Params } from './lifecycle.ts'
import { runTests, runTestsCommand } from './run-tests.ts'
import type { Session } from './session.ts'
import { topOfFile } from './worker/notes.ts'

export const requestsOf = (session: Session): Handlers['requests'] => ({
  'textDocument/completion': params => completion(params, session),
  'textDocument/hover': params => hover(params, session),
  'textDocument/codeAction': params => codeAction(params, session),
  'textDocument/codeLens': params => codeLens(params, session),
  'workspace/executeCommand': params => runTests(params, session),
})

export function shownOf({ textDocument }: Params, { documents }: Session): Shown | undefined {
  const { uri } = (textDocument ?? {}) as { readonly uri?: unknown }
  return typeof uri === 'string' ? documents.get(uri) : undefined
}

const positionOf = ({ position }: Params): Position => {
  const { line, character } = (position ?? {}) as Partial<Position>
  return { line: Number(line) || 0, character: Number(character) || 0 }
}

function completion(params: Params, session: Session): unknown {
  const one = shownOf(params, session)
  if (one?.document === undefined) return null
  const { document, kind, names } = one
  const offset = document.offsetAt(positionOf(params))
  return completionsAt({ text: document.getText(), offset, kind, isJson: isJson(one), names })
}

function hover(params: Params, session: Session): unknown {
  const one = shownOf(params, session)
  if (one?.document === undefined) return null
  return hoverAt(one.document.getText(), one.document.offsetAt(positionOf(params)), one.kind)
}

function codeAction(params: Params, session: Session): unknown {
  const one = shownOf(params, session)
  const range = params['range'] as unknown as Range | undefined
  if (one?.document === undefined || one.checkedVersion !== one.version) return []
  if (range?.start === undefined || range.end === undefined) return []
  return codeActionsAt({
    uri: one.uri,
    text: one.document.getText(),
    notes: one.checked,
    range,
    hasComments: !isJson(one),
  })
}

const isJson = ({ path }: Shown): boolean => path.toLowerCase().endsWith('.json')

function codeLens(params: Params, session: Session): unknown {
  const one = shownOf(params, session)
  if (one?.kind !== 'test') return []
  const command = { title: 'Run tests', command: runTestsCommand, arguments: [one.uri] }
  return [{ range: topOfFile, command }]
}
