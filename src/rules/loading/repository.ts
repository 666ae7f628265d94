/**
 * All sources of rules. Reads the sources that may have changed and keeps the last valid rules of each. Each source
 * has at most one reading at a time; a slow source does not delay the others.
 */
import { createQueue } from '../../lib/queue.ts'
import { LightSignal } from '../../lib/signal.ts'
import type { RuleDefinition } from '../definition.ts'
import type { RuleProblem } from '../rule-set.ts'
import { type SourceDeps, sourceOf } from './source.ts'
import { readSource, type SourceState, unread } from './source-state.ts'
import type { Source } from './sources/contract.ts'

export interface SourceReport {
  /** For logs and the API: short, and without secrets. */
  readonly location: string
  readonly reach: Source['reach']
  readonly rules: number
  /** True once all of the source was read successfully. */
  readonly loaded: boolean
  /** Why the source could not be read the last time; its earlier rules stay in use. */
  readonly problem?: string
  /** The problem is that nothing could be read, in contrast to content that is not valid. */
  readonly isUnavailable: boolean
  readonly warnings: readonly string[]
}

/** Nothing of the source could be got. What stands in the configuration itself is read with it. */
export const isUnread = ({ problem, isUnavailable, reach }: SourceReport): boolean =>
  problem !== undefined && isUnavailable && reach !== 'fixed'

export interface Loaded {
  readonly definitions: readonly RuleDefinition[]
  /** A source, or a document of one, was never read successfully: its rules are not among the definitions. */
  readonly missesRules: boolean
  readonly reports: readonly SourceReport[]
}

export interface LocatedRule {
  readonly definition: RuleDefinition
  /** For people: the source, and the document if the source has several. */
  readonly place: string
  /** The source as configured. */
  readonly location: string
  /** The file of this machine that it was read from. */
  readonly path: string | undefined
  /** Its position in the list of its document, from 0. */
  readonly index: number
}

/** Selects the sources to read again. */
export type Which = (state: SourceState) => boolean

export const everything: Which = () => true
export const onlyNew: Which = () => false
export const files: Which = ({ source }) => source.reach === 'file'
export const remote: Which = ({ source }) => source.reach === 'remote'
/** Sources that report their own changes. */
export const watched: Which = ({ source }) => source.watch !== undefined
export const failing: Which = ({ problem }) => problem !== undefined

export interface ReadOptions {
  readonly which: Which
  /** Whether failed calls to other machines are retried for some seconds. */
  readonly retry?: boolean
}

export interface Repository {
  /** Reads the selected sources, and those that were never read. Never rejects. */
  read(locations: readonly string[], options: ReadOptions): Promise<void>
  /** The state of these sources, in their order. */
  loaded(locations: readonly string[]): Loaded
  /** The same rules, each with the place that it was read from. */
  located(locations: readonly string[]): readonly LocatedRule[]
  /** Reports to the sources what is wrong with the rules that were compiled. */
  reportProblems(problems: readonly RuleProblem[]): void
  /** Closes all other sources. */
  keepOnly(locations: readonly string[]): void
  close(): void
}

export interface RepositoryOptions extends SourceDeps {
  /** Called when a source may have changed; without it no source is watched. */
  readonly onChange?: () => void
}

interface Opened {
  readonly state: () => SourceState
  /** True until its first reading begins. */
  readonly isNew: () => boolean
  readonly read: (retry: boolean) => Promise<void>
  readonly close: () => void
}

export function createRepository(options: RepositoryOptions): Repository {
  const opened = new Map<string, Opened>()
  const open = (location: string): Opened => {
    const known = opened.get(location) ?? openSource(sourceOf(location, options), options.onChange)
    opened.set(location, known)
    return known
  }
  const keepOnly = (locations: readonly string[]): void => {
    for (const [location, { close }] of opened) {
      if (locations.includes(location)) continue
      close()
      opened.delete(location)
    }
  }
  return {
    read: async (locations, { which, retry = false }) => {
      const sources = [...new Set(locations)].map(open)
      const due = sources.filter(({ state, isNew }) => isNew() || which(state()))
      await Promise.all(due.map(({ read }) => read(retry)))
    },
    loaded: locations => ({
      definitions: locations.flatMap(location => rulesOf(open(location).state())),
      missesRules: locations.some(location => missesRules(open(location).state())),
      reports: [...new Set(locations)].map(location => reportOf(open(location).state())),
    }),
    located: locations => locations.flatMap(location => locatedIn(open(location).state())),
    reportProblems: problems => {
      const reporters = [...opened.values()].flatMap(
        ({ state }) => state().source.reportProblems ?? [],
      )
      if (reporters.length === 0) return
      const byRule = messagesByRule(problems)
      for (const report of reporters) report(byRule)
    },
    keepOnly,
    close: () => keepOnly([]),
  }
}

/** Starts watching before the first reading, so that no change is missed. */
function openSource(source: Source, onChange: (() => void) | undefined): Opened {
  let state = unread(source)
  let isNew = true
  const closed = new LightSignal()
  const unwatch = onChange && source.watch?.(onChange)
  const read = createQueue<boolean>(
    async retry => {
      state = await readSource(state, { retry, signal: closed })
    },
    (one, other) => one || other,
  )
  return {
    state: () => state,
    isNew: () => isNew,
    read: retry => {
      isNew = false
      return read(retry)
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

const missesRules = ({ loaded, documents }: SourceState): boolean =>
  (!loaded && documents.length === 0) || documents.some(({ isUnknown }) => isUnknown === true)

const rulesOf = (state: SourceState): readonly RuleDefinition[] =>
  state.documents.flatMap(({ rules }) => rules)

const locatedIn = ({ source, documents }: SourceState): readonly LocatedRule[] =>
  documents.flatMap(({ name, path, rules }) => {
    const place = name === '' ? source.shown : `${source.shown}: ${name}`
    const { location } = source
    return rules.map((definition, index) => ({ definition, place, location, path, index }))
  })

const reportOf = (state: SourceState): SourceReport => ({
  location: state.source.shown,
  reach: state.source.reach,
  rules: rulesOf(state).length,
  loaded: state.loaded,
  isUnavailable: state.isUnavailable,
  ...(state.problem === undefined ? {} : { problem: state.problem }),
  warnings: [
    ...state.warnings,
    ...state.documents.flatMap(({ name, warnings }) =>
      name === '' ? warnings : warnings.map(warning => `${name}: ${warning}`),
    ),
  ],
})
