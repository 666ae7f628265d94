/** The command `oarlock.runTests`: its argument is the URI of a test file that the editor shows. */
import type { Params } from './lifecycle.ts'
import type { Session } from './session.ts'
import type { Tested } from './worker/messages.ts'

export const runTestsCommand = 'oarlock.runTests'

/** Failures become diagnostics of the file. null: the file does not exist, or its tests could not be run. */
export async function runTests(params: Params, session: Session): Promise<unknown> {
  const { documents, scheduler, notify } = session
  const [uri] = Array.isArray(params['arguments']) ? params['arguments'] : []
  const one = typeof uri === 'string' ? documents.get(uri) : undefined
  if (params['command'] !== runTestsCommand || one?.document === undefined) return null
  const tested = await scheduler.test(one.path)
  if (typeof tested === 'string') {
    notify('window/showMessage', { type: error, message: `oarlock test: ${tested}` })
    return null
  }
  if (session.isCurrent(one)) {
    one.tested = tested.notes
    session.publish(one)
  }
  return reportRun(tested, session)
}

/** Of messages. */
const error = 1
const information = 3

function reportRun({ passed, failed, skipped, problems }: Tested, { notify }: Session): object {
  const isFine = failed === 0 && problems.length === 0
  const sum = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  const more = problems.length === 0 ? '' : `; ${problems[0]}`
  const message = `oarlock test: ${sum}${more}`
  notify('window/showMessage', { type: isFine ? information : error, message })
  return { passed, failed, skipped, problems }
}
