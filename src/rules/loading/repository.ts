/**
 * All sources of rules together: reads what may have changed and keeps the last good rules of each. A
 * source is read by one reading at a time, and a slow one keeps no other waiting.
 */
import { createQueue } from '../../lib/queue.ts'
import { LightSignal } from '../../lib/signal.ts'
import type { RuleDefinition } from '../definition.ts'
import type { RuleProblem } from '../rule-set.ts'
import { type SourceDeps, sourceOf } from './source.ts'
import { readSource, type SourceState, unread } from './source-state.ts'
import type { Source } from './sources/contract.ts'

export interface SourceReport {
  /** For people: short, and without secrets. */
  readonly location: string
  readonly reach: Source['reach']
  readonly rules: number
  /** All of it could be read at some time. */
  readonly loaded: boolean
  /** Why the source could not be read the last time; its earlier rules stay. */
  readonly problem?: string
  readonly warnings: readonly string[]
}

export interface Loaded {
  readonly definitions: readonly RuleDefinition[]
  readonly reports: readonly SourceReport[]
}

export interface LocatedRule {
  readonly definition: RuleDefinition
  /** For people: the source, and the document where it has several. */
  readonly place: string
}

/** Whether a source is to be read again. */
export type Which = (state: SourceState) => boolean

export const everything: Which = () => true
export const onlyNew: Which = () => false
export const files: Which = ({ source }) => source.reach === 'file'
export const remote: Which = ({ source }) => source.reach === 'remote'
/** Those that tell when they changed. */
export const watched: Which = ({ source }) => source.watch !== undefined
export const failing: Which = ({ problem }) => problem !== undefined

export interface ReadOptions {
  readonly which: Which
  /** Whether other machines are asked again for some seconds when they fail. */
  readonly patient?: boolean
}

export interface Repository {
  /** Reads the sources that are selected, and those that never were. Never rejects. */
  read(locations: readonly string[], options: ReadOptions): Promise<void>
  /** What is known of these sources, in their order. */
  loaded(locations: readonly string[]): Loaded
  /** The same rules, each with the place that it was read from. */
  located(locations: readonly string[]): readonly LocatedRule[]
  /** Tells the sources what is wrong with rules that were compiled. */
  judge(problems: readonly RuleProblem[]): void
  /** Forgets all other sources. */
  leave(locations: readonly string[]): void
  close(): void
}

export interface RepositoryOptions extends SourceDeps {
  /** Told when a source may have changed; without it none is watched. */
  readonly onChange?: () => void
}

interface Opened {
  readonly state: () => SourceState
  /** Nobody has asked for it yet. */
  readonly isNew: () => boolean
  readonly read: (patient: boolean) => Promise<void>
  readonly close: () => void
}

export function createRepository(options: RepositoryOptions): Repository {
  const opened = new Map<string, Opened>()
  const open = (location: string): Opened => {
    const known = opened.get(location) ?? openSource(sourceOf(location, options), options.onChange)
    opened.set(location, known)
    return known
  }
  const leave = (locations: readonly string[]): void => {
    for (const [location, { close }] of opened) {
      if (locations.includes(location)) continue
      close()
      opened.delete(location)
    }
  }
  return {
    read: async (locations, { which, patient = false }) => {
      const sources = [...new Set(locations)].map(open)
      const due = sources.filter(({ state, isNew }) => isNew() || which(state()))
      await Promise.all(due.map(({ read }) => read(patient)))
    },
    loaded: locations => ({
      definitions: locations.flatMap(location => rulesOf(open(location).state())),
      reports: [...new Set(locations)].map(location => reportOf(open(location).state())),
    }),
    located: locations => locations.flatMap(location => locatedIn(open(location).state())),
    judge: problems => {
      const judges = [...opened.values()].flatMap(({ state }) => state().source.judge ?? [])
      if (judges.length === 0) return
      const byRule = messagesByRule(problems)
      for (const judge of judges) judge(byRule)
    },
    leave,
    close: () => leave([]),
  }
}

/** Watched before it is read for the first time: no change falls between. */
function openSource(source: Source, onChange: (() => void) | undefined): Opened {
  let state = unread(source)
  let isNew = true
  const closed = new LightSignal()
  const unwatch = onChange && source.watch?.(onChange)
  const read = createQueue<boolean>(
    async patient => {
      state = await readSource(state, { patient, signal: closed })
    },
    (one, other) => one || other,
  )
  return {
    state: () => state,
    isNew: () => isNew,
    read: patient => {
      isNew = false
      return read(patient)
    },
    close: () => {
      closed.abort()
      unwatch?.()
    },
  }
}

function messagesByRule(problems: readonly RuleProblem[]): ReadonlyMap<string, string> {
  const messages = new Map<string, string>()
  for (const { rule, message } of problems) {
    const before = messages.get(rule)
    messages.set(rule, before === undefined ? message : `${before}; ${message}`)
  }
  return messages
}

const rulesOf = (state: SourceState): readonly RuleDefinition[] =>
  state.documents.flatMap(({ rules }) => rules)

const locatedIn = ({ source, documents }: SourceState): readonly LocatedRule[] =>
  documents.flatMap(({ name, rules }) => {
    const place = name === '' ? source.shown : `${source.shown}: ${name}`
    return rules.map(definition => ({ definition, place }))
  })

const reportOf = (state: SourceState): SourceReport => ({
  location: state.source.shown,
  reach: state.source.reach,
  rules: rulesOf(state).length,
  loaded: state.loaded,
  ...(state.problem === undefined ? {} : { problem: state.problem }),
  warnings: [
    ...state.warnings,
    ...state.documents.flatMap(({ name, warnings }) =>
      name === '' ? warnings : warnings.map(warning => `${name}: ${warning}`),
    ),
  ],
})
