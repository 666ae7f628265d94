import { readSource } from '../../config/files/read.ts'
import { renderIssue } from '../../config/issue.ts'
import { readStubs, type Stubs } from '../../insight/offline/stubs.ts'
import { objectOf } from '../../lib/json.ts'
import { exitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'

export const noStubs: Stubs = { find: () => undefined, unused: () => [] }

/** Reads a file of stubs: at its top, or below `stubs` as in a test file. The exit code after problems were printed. */
export async function readStubFile(file: string, output: Output): Promise<Stubs | number> {
  const source = await readSource(file)
  if (!('kind' in source)) {
    output.err(`--stub: ${renderIssue(source)}\n`)
    return exitCode.failed
  }
  const { stubs: below } = source.value
  const path = below === undefined ? [] : ['stubs']
  const stubs = readStubs(objectOf(below ?? source.value))
  if ('unused' in stubs) return stubs
  for (const problem of stubs) {
    const { found, expected } = problem
    const place = [...path, ...problem.path]
    const issue = { file, ...source.locate(place), key: place.join('.'), found, expected }
    output.err(`--stub: ${renderIssue(issue)}\n`)
  }
  return exitCode.usage
}
