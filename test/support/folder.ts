import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cleanup } from './cleanup.ts'

/** The repository's root, with a slash at the end. */
export const root = new URL('../../', import.meta.url).pathname

/** An empty folder that is removed after the test. */
export function temporaryFolder(t: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'oarlock-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
