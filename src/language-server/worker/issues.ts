/** Notes of issues, which know their places. */
import { resolve } from 'node:path'
import type { ConfigIssue } from '../../config/issue.ts'
import type { Files } from './files.ts'
import { noteOf, topOfFile } from './notes.ts'

/** `file`: that of an issue without a place, such as a key that is missing. */
export async function noteIssue(issue: ConfigIssue, file: string, files: Files): Promise<void> {
  const { key, found, expected, variable, line, column } = issue
  const path = resolve(issue.file ?? file)
  const part = found === 'an unknown key' ? 'key' : 'value'
  const place = { ...(line !== undefined && { line }), ...(column !== undefined && { column }) }
  const range = line === undefined ? topOfFile : (await files.rangesOf(path)).at(place, part)
  const named = [variable === undefined ? '' : `$${variable}`, key].filter(one => one !== '')
  const where = named.length === 0 ? '' : `${named.join(' ')}: `
  files.add(path, noteOf(range, `${where}found ${found}, expected ${expected}`))
}
