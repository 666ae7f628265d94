/** Runs all checks, and gives their findings levels, places and fingerprints. */
import { withoutControls } from '../../lib/without-controls.ts'
import { checkEdge } from '../edge/check-edge.ts'
import { checkOverlaps } from './checks/overlaps.ts'
import { checks } from './checks/table.ts'
import { checkUntested } from './checks/untested.ts'
import type { Code } from './codes.ts'
import { type PlacedFinding, readDisablings, withoutDisabled } from './disable-lines.ts'
import type { Draft, Fix } from './draft.ts'
import type { Finding, Place } from './finding.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Level, rankOf } from './level.ts'
import { createLevels, withLevels } from './levels.ts'
import type { LintSettings } from './lint-settings.ts'
import type { Linted } from './linted.ts'
import { createPlaces, type Places } from './places.ts'

export interface LintOptions {
  /** The configuration files, in order. */
  readonly files: readonly string[]
  readonly settings: LintSettings
  /** Configurations of callers. */
  readonly edge?: readonly string[]
}

export interface Found {
  /** By file and line. */
  readonly findings: readonly Finding[]
  /** Changes that mend findings. */
  readonly fixes: ReadonlyMap<Finding, Fix>
  /** What is not checked: of the callers' configurations, and rules whose patterns cannot be compared. */
  readonly notes: readonly string[]
  /** Files of callers that cannot be checked. */
  readonly problems: readonly string[]
}

export async function findAll(linted: Linted, options: LintOptions): Promise<Found> {
  const { edge = [] } = options
  const { drafts: atEdge, notes, problems } = await checkEdge(edge, linted)
  const own = (await Promise.all(checks.map(check => check(linted)))).flat()
  const overlaps = await checkOverlaps(linted)
  const untested = await checkUntested(linted, options.files)
  const drafts = [...own, ...overlaps.drafts, ...untested, ...atEdge]
  const levelOf = createLevels(options.settings)
  const places = createPlaces({ loaded: linted.loaded, files: options.files })
  const placed: PlacedFinding[] = []
  for (const draft of drafts) {
    const level = levelOf.of(draft)
    if (level !== 'off') placed.push(await toFinding(draft, level, places))
  }
  const disablings = await readDisablings(filesOf(linted, options))
  const kept = withoutDisabled(placed, disablings).filter(one => isNeeded(one.finding.code, edge))
  const findings = withLevels(
    kept.map(({ finding }) => finding),
    options.settings,
  )
  return {
    findings: [...findings, ...levelOf.unused()].sort(byPlace),
    fixes: new Map(kept.flatMap(({ finding, fix }) => (fix ? [[finding, fix] as const] : []))),
    notes: [...overlaps.notes, ...notes],
    problems,
  }
}

/** How long the caller waits, and whether it sends bodies, is known from its configuration. */
const isNeeded = (code: Code, edge: readonly string[]): boolean =>
  edge.length === 0 || (code !== 'slower-than-caller' && code !== 'withheld-body')

const filesOf = ({ rules }: Linted, { files, edge = [] }: LintOptions): readonly string[] => [
  ...new Set([...files, ...edge, ...rules.flatMap(({ located }) => located.path ?? [])]),
]

async function toFinding(draft: Draft, level: Level, places: Places): Promise<PlacedFinding> {
  const { code, message, rule, related = [], witness = null, fix } = draft
  const place = draft.place ?? (await placeOf(draft, places))
  const start = rule && (await places.ofRule(rule.located, []))
  const finding: Finding = {
    code,
    level,
    message: withoutControls(message),
    rule: rule ? withoutControls(rule.id) : null,
    place,
    related: await Promise.all(
      related.map(async one => ({
        rule: withoutControls(one.rule.id),
        place: await places.ofRule(one.rule.located, one.path),
        message: one.message,
      })),
    ),
    witness: witness && {
      method: withoutControls(witness.method),
      url: withoutControls(witness.url),
    },
    fingerprint: fingerprintOf(draft),
  }
  return { finding, ruleLine: start?.line, fix }
}

const placeOf = async ({ rule, path }: Draft, places: Places): Promise<Place | null> =>
  rule ? places.ofRule(rule.located, path) : places.ofKey(path)

const byPlace = (one: Finding, other: Finding): number =>
  compare(keyOf(one.place), keyOf(other.place)) ||
  (one.place?.line ?? 0) - (other.place?.line ?? 0) ||
  (one.place?.column ?? 0) - (other.place?.column ?? 0) ||
  compare(one.code, other.code)

const keyOf = (place: Place | null): string => place?.file ?? ''

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Whether a finding is at or above the level. */
export const reaches = (findings: readonly Finding[], level: Level): boolean =>
  findings.some(finding => rankOf(finding.level) <= rankOf(level))
