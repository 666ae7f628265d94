/** Differences between two verdicts about one request, grouped. */
import { maskedLine } from '../patterns/masked.ts'
import type { ShownRequest } from '../patterns/request.ts'
import type { DecidedVerdict, Verdict } from '../rule-sets/evaluate.ts'

/** The worst first. */
export const kinds = [
  'newly-allowed',
  'newly-denied',
  'status',
  'headers',
  'removed',
  'rule',
  'undecided',
] as const

export type Kind = (typeof kinds)[number]

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
  const found = whatDiffers(before, after)
  return found && { ...found, ...rulesOf(before, after) }
}

const rulesOf = (before: Verdict, after: Verdict) => ({
  old: before.rule ?? null,
  new: after.rule ?? null,
})

function whatDiffers(
  before: DecidedVerdict,
  after: DecidedVerdict,
): Pick<Difference, 'kind' | 'change'> | undefined {
  const statuses = `${statusOf(before)} → ${statusOf(after)}`
  if (before.isAllowed !== after.isAllowed) {
    return { kind: after.isAllowed ? 'newly-allowed' : 'newly-denied', change: statuses }
  }
  if (before.status !== after.status) return { kind: 'status', change: statuses }
  const headers = linesThatDiffer(before.headers, after.headers)
  if (headers !== undefined) return { kind: 'headers', change: headers }
  const removed = linesThatDiffer(before.removed, after.removed)
  if (removed !== undefined) return { kind: 'removed', change: removed }
  return before.rule === after.rule ? undefined : { kind: 'rule', change: statuses }
}

/** `500, these rules match: "a", "b"`. */
const statusOf = ({ status, note }: DecidedVerdict): string =>
  note === undefined ? `${status}` : `${status}, ${note}`

/** `-X-User: a +X-User: b`. */
function linesThatDiffer(before: readonly string[], after: readonly string[]): string | undefined {
  const gone = before.filter(line => !after.includes(line)).map(line => `-${maskedLine(line)}`)
  const added = after.filter(line => !before.includes(line)).map(line => `+${maskedLine(line)}`)
  const all = [...gone, ...added]
  return all.length === 0 ? undefined : all.join(' ')
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
