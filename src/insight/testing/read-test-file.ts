/** Reads a test file to its cases, or says everything that is wrong with it. */
import { dirname, join } from 'node:path'
import { readSource } from '../../config/files/read.ts'
import type { Source } from '../../config/files/source.ts'
import { type ConfigIssue, keyOf } from '../../config/issue.ts'
import type { SchemaIssue } from '../../lib/schema.ts'
import { validateWith } from '../../lib/schema.ts'
import type { TestFile } from './case.ts'
import { expandCases, type WrittenFile } from './expand-cases.ts'
import { testFileValidator } from './generated/test-file-validator.ts'

const validate = validateWith(testFileValidator)

/** Enough for a hundred thousand tests. */
const mostValues = 2_000_000

/** `config`: configuration files in place of those that the file names. */
export async function readTestFile(
  file: string,
  config: readonly string[] = [],
): Promise<TestFile | readonly ConfigIssue[]> {
  const source = await readSource(file, { values: mostValues })
  if (!('kind' in source)) return [source]
  const issues = validate(source.value)
  if (issues.length > 0) return issues.map(issue => locate(source, issue))
  const written = source.value as unknown as WrittenFile
  const expanded = expandCases(written, {
    file,
    lineOf: path => source.locate(path)?.line,
  })
  if ('issues' in expanded) return expanded.issues.map(issue => locate(source, issue))
  const named = typeof written.config === 'string' ? [written.config] : (written.config ?? [])
  const own = named.map(name => join(dirname(file), name))
  return { file, config: config.length > 0 ? config : own, cases: expanded.cases }
}

const locate = (
  { file, locate: find }: Source,
  { path, found, expected }: SchemaIssue,
): ConfigIssue => ({
  file,
  ...find(path),
  key: keyOf(path),
  found,
  expected,
})
