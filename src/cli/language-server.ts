/** `language-server`: tells editors over standard input and output what is wrong, and what may be written. */
import { serveEditor } from '../language-server/server.ts'
import { withoutControls } from '../lib/without-controls.ts'
import type { Output } from './output.ts'

/** The exit code that the protocol asks for. */
export async function languageServer(_options: object, output: Output): Promise<number> {
  const code = await serveEditor({
    input: process.stdin,
    output: process.stdout,
    log: line => output.err(`${withoutControls(line)}\n`),
  })
  // The editor may keep the pipe open.
  process.stdin.destroy()
  return code
}
