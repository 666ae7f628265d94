/** Findings where the configuration of a caller and the rules disagree. */
import type { Draft } from '../lint/draft.ts'
import type { Linted } from '../lint/linted.ts'
import { judge } from './judge/judge.ts'
import { readEdge } from './read.ts'

export interface EdgeFindings {
  readonly drafts: readonly Draft[]
  /** What is not judged, one line each. */
  readonly notes: readonly string[]
  /** Files that cannot be judged. */
  readonly problems: readonly string[]
}

export async function checkEdge(files: readonly string[], linted: Linted): Promise<EdgeFindings> {
  const read = await Promise.all(files.map(async file => [file, await readEdge(file)] as const))
  const known = read.flatMap(([, one]) => (typeof one === 'string' ? [] : [one]))
  return {
    drafts: known.flatMap(({ callers }) => callers.flatMap(caller => judge(caller, linted))),
    notes: read.flatMap(([file, one]) =>
      typeof one === 'string' ? [] : one.notes.map(note => `${file}: not judged: ${note}`),
    ),
    problems: read.flatMap(([, one]) => (typeof one === 'string' ? [one] : [])),
  }
}
