/** Differences between two verdicts about one request, grouped. */
import { differenceKind, type Kind, kinds } from '../../engine/compare/difference.ts'
import type { DecidedVerdict, Verdict } from '../../engine/compare/verdict.ts'
import { maskedLine } from '../patterns/masked.ts'
import type { ShownRequest } from '../patterns/request.ts'

export interface Group {
  readonly kind: Kind
  /** The rule that matched before; null: none, or several. */
  readonly old: string | null
  readonly new: string | null
  readonly count: number
  /** Of the first request: what changed, such as `404 → 200`; of undecided ones the reason. */
  readonly change: string
  readonly isStricter?: true
  readonly example: ShownRequest
}

export interface Difference {
  readonly kind: Kind
  /** Of what is undecided: it cannot let in more than before. */
  readonly isStricter?: true
  readonly change: string
  readonly old: string | null
  readonly new: string | null
}

/** undefined: both are the same. */
export function differenceOf(before: Verdict, after: Verdict): Difference | undefined {
  if (before.kind === 'undecided')
    return { ...rulesOf(before, after), kind: 'undecided', change: before.reason }
  if (after.kind === 'undecided')
    return { ...rulesOf(before, after), kind: 'undecided', change: after.reason }
  const kind = differenceKind(before, after)
  return kind && { kind, change: changeOf(kind, before, after), ...rulesOf(before, after) }
}

const rulesOf = (before: Verdict, after: Verdict) => ({
  old: before.rule ?? null,
  new: after.rule ?? null,
})

function changeOf(kind: Kind, before: DecidedVerdict, after: DecidedVerdict): string {
  if (kind === 'headers') return changedLines(before.headers, after.headers)
  if (kind === 'removed') return changedLines(before.removed, after.removed)
  return `${statusOf(before)} → ${statusOf(after)}`
}

/** `500, these rules match: "a", "b"`. */
const statusOf = ({ status, note }: DecidedVerdict): string =>
  note === undefined ? `${status}` : `${status}, ${note}`

/** `-X-User: a +X-User: b`. */
function changedLines(before: readonly string[], after: readonly string[]): string {
  const gone = before.filter(line => !after.includes(line)).map(line => `-${maskedLine(line)}`)
  const added = after.filter(line => !before.includes(line)).map(line => `+${maskedLine(line)}`)
  const all = [...gone, ...added]
  return all.length === 0 ? 'a line comes more or less often' : all.join(' ')
}

export interface Groups {
  readonly add: (difference: Difference, example: ShownRequest) => void
  readonly all: () => readonly Group[]
}

export function createGroups(): Groups {
  const groups = new Map<string, Group>()
  return {
    add: (difference, example) => {
      const key = JSON.stringify([difference.kind, difference.old, difference.new])
      const known = groups.get(key)
      groups.set(
        key,
        known === undefined
          ? { ...difference, count: 1, example }
          : { ...known, count: known.count + 1 },
      )
    },
    all: () =>
      [...groups.values()].toSorted(
        (one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind),
      ),
  }
}
