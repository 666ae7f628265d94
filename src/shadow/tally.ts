/** Counts how shadow rules would have decided. Nothing of a request is kept but the ids of rules and the two statuses. */
import { type Kind, kinds } from '../engine/compare/difference.ts'
import type { Verdict } from '../engine/compare/verdict.ts'
import { others } from '../observability/metrics/bounded.ts'
import type { Family } from '../observability/metrics/family.ts'

/** Decisions that differ in one way. */
export interface ShadowGroup {
  readonly kind: Kind
  /** The rule in force; null: none, or several. */
  readonly old: string | null
  /** The shadow rule. */
  readonly new: string | null
  /** Of the first, such as `403 → 200`. */
  readonly change: string
  readonly count: number
}

export interface ShadowCounts {
  /** Milliseconds since the epoch: when these rules came into force. */
  readonly since: number
  /** Decisions that both sets made. */
  readonly compared: number
  /** Decisions that were left out, because too many waited. */
  readonly dropped: number
  readonly groups: readonly ShadowGroup[]
}

export interface ShadowTally {
  /** kind: undefined for the same verdict. */
  readonly record: (kind: Kind | undefined, before: Verdict, after: Verdict) => void
  readonly drop: () => void
  /** Begins again: the rules are other ones. The metric goes on. */
  readonly restart: () => void
  readonly counts: () => ShadowCounts
  readonly families: readonly Family[]
}

/** Further groups share one for each kind. */
const mostGroups = 1000

export function createShadowTally(): ShadowTally {
  const totals = new Map<string, number>(['same', ...kinds, 'dropped'].map(name => [name, 0]))
  const add = (name: string): void => void totals.set(name, (totals.get(name) ?? 0) + 1)
  let counted = emptyCounts()
  return {
    record: (kind, before, after) => {
      counted.compared += 1
      add(kind ?? 'same')
      if (kind !== undefined) addTo(counted, { kind, before, after })
    },
    drop: () => {
      counted.dropped += 1
      add('dropped')
    },
    restart: () => {
      counted = emptyCounts()
    },
    counts: () => ({
      since: counted.since,
      compared: counted.compared,
      dropped: counted.dropped,
      groups: [...counted.groups.values()].map(group => ({ ...group })),
    }),
    families: [
      {
        name: 'oarlock_shadow_decisions_total',
        help: 'Decisions of shadow rules, by how they differ from the answer (same: not at all)',
        type: 'counter',
        read: () => [...totals].map(([outcome, value]) => ({ labels: { outcome }, value })),
      },
    ],
  }
}

interface Compared {
  readonly kind: Kind
  readonly before: Verdict
  readonly after: Verdict
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] }

const emptyCounts = () => ({
  since: Date.now(),
  compared: 0,
  dropped: 0,
  groups: new Map<string, Mutable<ShadowGroup>>(),
})

function addTo(
  { groups }: ReturnType<typeof emptyCounts>,
  { kind, before, after }: Compared,
): void {
  const key = JSON.stringify([kind, before.rule, after.rule])
  const isKnown = groups.has(key) || groups.size < mostGroups
  const [old, next] = isKnown ? [before.rule ?? null, after.rule ?? null] : [others, others]
  const own = isKnown ? key : kind
  const group = groups.get(own)
  if (group === undefined) {
    groups.set(own, { kind, old, new: next, change: changeOf(before, after), count: 1 })
  } else group.count += 1
}

const changeOf = (before: Verdict, after: Verdict): string =>
  after.kind === 'undecided' ? after.reason : `${statusOf(before)} → ${statusOf(after)}`

const statusOf = (verdict: Verdict): string =>
  verdict.kind === 'decided' ? String(verdict.status) : '?'

/** Those of several processes as one. */
export function addCounts(all: readonly ShadowCounts[]): ShadowCounts {
  const groups = new Map<string, ShadowGroup>()
  for (const group of all.flatMap(one => one.groups)) {
    const key = JSON.stringify([group.kind, group.old, group.new])
    const known = groups.get(key)
    groups.set(key, known ? { ...known, count: known.count + group.count } : group)
  }
  const sum = (of: (one: ShadowCounts) => number): number =>
    all.reduce((total, one) => total + of(one), 0)
  return {
    since: Math.max(...all.map(({ since }) => since)),
    compared: sum(one => one.compared),
    dropped: sum(one => one.dropped),
    groups: inOrder([...groups.values()]),
  }
}

const inOrder = (groups: readonly ShadowGroup[]): readonly ShadowGroup[] =>
  groups.toSorted(
    (one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind) || other.count - one.count,
  )
