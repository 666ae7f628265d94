/** Findings where the configuration of a caller and the rules disagree. */
import type { Draft } from '../lint/draft.ts'
import type { Linted } from '../lint/linted.ts'
import { shownPath } from '../lint/places.ts'
import { check } from './checks/check.ts'
import { edgeDraft } from './checks/edge-draft.ts'
import { type EdgeRead, readEdges } from './read.ts'

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
function withoutChecks(files: readonly string[], read: EdgeRead): readonly Draft[] {
  const [first] = files
  const isKnown = read.problems.length === 0 && read.notes.length === 0
  if (first === undefined || !isKnown || read.callers.some(one => !one.sendsNothing)) return []
  const at = { file: shownPath(first), line: 1, column: 1 }
  return [edgeDraft('check-disabled', `${at.file}: nothing in it sends checks to Oarlock`, at)]
}

export async function checkEdge(files: readonly string[], linted: Linted): Promise<EdgeFindings> {
  const read = await readEdges(files)
  const drafts = read.callers.flatMap(caller => check(caller, linted))
  return {
    drafts: onlyOnce([...drafts, ...withoutChecks(files, read)]),
    notes: read.notes.map(({ file, text }) => `${file}: not checked: ${text}`),
    problems: read.problems,
  }
}
