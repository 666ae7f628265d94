/** Changes files so that findings go. Nothing that it does lets more requests in. */
import { writeFileSync } from 'node:fs'
import type { Fix } from './draft.ts'
import type { Finding } from './finding.ts'
import { readText } from './places.ts'

/** A changed line of a file. */
export interface ChangedLine {
  readonly line: number
  readonly before: string
  readonly after: string
}

export interface ChangedFile {
  readonly file: string
  readonly lines: readonly ChangedLine[]
  readonly text: string
}

/** The files as they would be. A line is left as it is unless the text stands in it exactly once. */
export async function fixedFiles(
  fixes: ReadonlyMap<Finding, Fix>,
): Promise<readonly ChangedFile[]> {
  const files = new Set([...fixes.keys()].flatMap(({ place }) => place?.file ?? []))
  const changed = await Promise.all(
    [...files].map(async file => fixedFile(file, await readText(file), fixes)),
  )
  return changed.filter(({ lines }) => lines.length > 0)
}

function fixedFile(file: string, text: string, fixes: ReadonlyMap<Finding, Fix>): ChangedFile {
  const lines = text.split('\n')
  const before = [...lines]
  for (const [{ place }, { from, to }] of fixes) {
    const line = place?.file === file ? lines[place.line - 1] : undefined
    if (place == null || line === undefined || line.split(from).length !== 2) continue
    lines[place.line - 1] = line.replace(from, () => to)
  }
  const changed = lines.flatMap((after, i) =>
    after === before[i] ? [] : [{ line: i + 1, before: before[i] ?? '', after }],
  )
  return { file, lines: changed, text: lines.join('\n') }
}

/** Throws an Error when a file cannot be written. */
export function writeFiles(files: readonly ChangedFile[]): void {
  for (const { file, text } of files) writeFileSync(file, text)
}

/** In the form of `diff -u`, without context. */
export const diffOf = (files: readonly ChangedFile[]): string =>
  files
    .map(({ file, lines }) => {
      const hunks = lines.map(
        ({ line, before, after }) => `@@ -${line} +${line} @@\n-${before}\n+${after}\n`,
      )
      return `--- ${file}\n+++ ${file}\n${hunks.join('')}`
    })
    .join('')
