/** Findings where the configuration of a caller and the rules disagree. */
import type { Draft } from '../lint/draft.ts'
import type { Linted } from '../lint/linted.ts'
import { shownPath } from '../lint/places.ts'
import type { EdgeFile } from './caller.ts'
import { check } from './checks/check.ts'
import { edgeDraft } from './checks/edge-draft.ts'
import { readEdge } from './read.ts'

export interface EdgeFindings {
  readonly drafts: readonly Draft[]
  /** What is not checked, one line each. */
  readonly notes: readonly string[]
  /** Files that cannot be checked. */
  readonly problems: readonly string[]
}

/** A dump of Envoy has its static listeners twice. */
function onlyOnce(drafts: readonly Draft[]): readonly Draft[] {
  const known = new Map(drafts.toReversed().map(one => [`${one.code} ${one.message}`, one]))
  return [...known.values()].reverse()
}

/** All of it was understood, and nothing in it sends a check. */
function withoutChecks(files: readonly string[], known: readonly EdgeFile[]): readonly Draft[] {
  const [first] = files
  const isKnown = known.length > 0 && known.length === files.length
  const isEmpty = known.every(({ callers, notes }) => callers.length === 0 && notes.length === 0)
  if (first === undefined || !isKnown || !isEmpty) return []
  const at = { file: shownPath(first), line: 1, column: 1 }
  return [edgeDraft('check-disabled', `${at.file}: nothing in it sends checks to Oarlock`, at)]
}

export async function checkEdge(files: readonly string[], linted: Linted): Promise<EdgeFindings> {
  const read = await Promise.all(files.map(async file => [file, await readEdge(file)] as const))
  const known = read.flatMap(([, one]) => (typeof one === 'string' ? [] : [one]))
  return {
    drafts: onlyOnce([
      ...known.flatMap(({ callers }) => callers.flatMap(caller => check(caller, linted))),
      ...withoutChecks(files, known),
    ]),
    notes: read.flatMap(([file, one]) =>
      typeof one === 'string' ? [] : one.notes.map(note => `${file}: not checked: ${note}`),
    ),
    problems: read.flatMap(([, one]) => (typeof one === 'string' ? [one] : [])),
  }
}
