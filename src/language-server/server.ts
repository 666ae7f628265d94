/** The language server. Files are checked in a process of its own (`worker/`). */
import { version } from '../lib/version.ts'
import { follow } from './lifecycle.ts'
import { notificationsOf } from './notifications.ts'
import { readOptions } from './options.ts'
import { createConnection, type Streams } from './protocol/connection.ts'
import { requestsOf } from './requests.ts'
import { runTestsCommand } from './run-tests.ts'
import { createSession, type Session } from './session.ts'

const capabilities = {
  textDocumentSync: { openClose: true, change: 2, save: true },
  completionProvider: { triggerCharacters: [' ', '"'] },
  hoverProvider: true,
  codeActionProvider: { codeActionKinds: ['quickfix'] },
  codeLensProvider: { resolveProvider: false },
  executeCommandProvider: { commands: [runTestsCommand] },
}

/** Speaks until the editor ends the connection; the exit code. */
export async function serveEditor(streams: Streams): Promise<number> {
  const connection = createConnection(streams)
  /** The editor may be gone. */
  const drop = (): void => undefined
  const session = createSession(
    (method, params) => void connection.sendNotification(method, params).catch(drop),
  )
  const code = await follow(connection, {
    initialize: params => {
      session.options = readOptions(params)
      return { capabilities, serverInfo: { name: 'oarlock', version } }
    },
    onShutdown: session.scheduler.close,
    requests: requestsOf(session),
    notifications: {
      ...notificationsOf(session),
      initialized: () => {
        reportProblems(session)
        if (!session.options.canWatch) return
        void connection.sendRequest('client/registerCapability', watching).catch(drop)
      },
    },
  })
  session.scheduler.close()
  connection.dispose()
  return code
}

const warning = 2

function reportProblems({ options, notify }: Session): void {
  for (const message of options.problems) notify('window/showMessage', { type: warning, message })
}

const watching = {
  registrations: [
    {
      id: 'files',
      method: 'workspace/didChangeWatchedFiles',
      registerOptions: { watchers: [{ globPattern: '**/*.{yaml,yml,json,toml}' }] },
    },
  ],
}
