/**
 * The rules in force and the configuration that they were compiled with: one snapshot behind one reference. A
 * request uses the same snapshot until its end. A reload that fails changes nothing.
 */
import type { Config } from '../../config/config.ts'
import type { Deps } from '../../handlers/kind.ts'
import { createDebounce } from '../../lib/debounce.ts'
import { createQueue } from '../../lib/queue.ts'
import { errorText, type Log } from '../../observability/log.ts'
import {
  createRepository,
  everything,
  failing,
  files,
  onlyNew,
  type Repository,
  remote,
  type Which,
  watched,
} from '../../rules/loading/repository.ts'
import { type Built, createRulesBuild } from './build-rules.ts'
import { changeRefusal, startRefusal } from './refuse.ts'
import { createRuleTimers, type RuleTimers } from './rule-timers.ts'
import { createRulesLog } from './rules-log.ts'

export interface LiveRules {
  readonly current: () => Built
  /** False while a required source could not be read since the start. */
  readonly complete: () => boolean
  /** How many sources could not be read at the last attempt. */
  readonly failing: () => number
  /** Applies a configuration; calls run one after the other. Rejects, and changes nothing, when it cannot be applied. */
  readonly configure: (config: Config) => Promise<void>
  /** Reads all sources again. Never rejects. */
  readonly refresh: () => Promise<void>
  readonly close: () => void
}

export interface LiveRulesOptions {
  readonly config: Config
  readonly deps: Deps
  /** Reads remote sources; default: that of `deps`. */
  readonly sources?: Pick<Deps, 'http'>
  readonly log: Log
  /** Refuses to start when a rule or a source of rules is broken. */
  readonly strict: boolean
  /** Called when a reload replaces the snapshot, in the same turn of the event loop. */
  readonly onChange: (built: Built) => void
}

/** Changes within this time are read at once. Milliseconds. */
const gathering = { quiet: 10, longest: 100 }

/** What the steps below share. */
interface Live {
  readonly options: LiveRulesOptions
  readonly repository: Repository
  readonly build: ReturnType<typeof createRulesBuild>
  readonly report: ReturnType<typeof createRulesLog>
  readonly timers: RuleTimers
  /** Compiles the rules of all sources and puts them in force, with a new configuration if one is given. */
  readonly replace: (config: Config | undefined) => Promise<void>
  /** undefined until the start has succeeded. */
  held: Built | undefined
  closed: boolean
}

/** Rejects when the rules that a start requires cannot be loaded. */
export async function createLiveRules(options: LiveRulesOptions): Promise<LiveRules> {
  const changed = createDebounce(() => void refresh(live, watched), gathering)
  const live = createLive(options, changed.call)
  const close = (): void => {
    live.closed = true
    changed.cancel()
    live.timers.close()
    live.repository.close()
  }
  try {
    await start(live)
  } catch (error) {
    close()
    throw error
  }
  // Changes that came while the first rules were compiled.
  changed.call()
  return {
    current: () => live.held as Built,
    complete: () => live.held?.complete === true,
    failing: () => live.held?.reports.filter(({ problem }) => problem !== undefined).length ?? 0,
    configure: config => configure(live, config),
    refresh: () => refresh(live, everything),
    close,
  }
}

function createLive(options: LiveRulesOptions, onFileChange: () => void): Live {
  const { deps, sources = deps, log } = options
  const repository = createRepository({ http: sources.http, onChange: onFileChange })
  const live: Live = {
    options,
    repository,
    build: createRulesBuild(deps, repository),
    report: createRulesLog(log),
    timers: createRuleTimers({
      fetchAgain: () => refresh(live, remote),
      tryAgain: () => refresh(live, failing),
    }),
    replace: createQueue<Config | undefined>(
      config => replaceNow(live, config),
      (earlier, later) => later ?? earlier,
    ),
    held: undefined,
    closed: false,
  }
  return live
}

async function start(live: Live): Promise<void> {
  const { options, repository } = live
  const { config, strict } = options
  const waits = config.access_rules.on_start_error === 'wait'
  await repository.read(sourcesOf(config), { which: everything, retry: !waits })
  const first = await live.build(config, undefined)
  await live.report(first)
  const problem = startRefusal(first, { strict, waits })
  if (problem !== undefined) throw new Error(problem)
  live.held = first
  repository.reportProblems(first.rules.problems)
  live.timers.follow(first)
}

const configOf = ({ held, options }: Live): Config => held?.config ?? options.config

async function replaceNow(live: Live, config: Config | undefined): Promise<void> {
  if (live.closed) return
  const next = await live.build(config ?? configOf(live), live.held)
  live.held = next
  if (config !== undefined) live.repository.keepOnly(sourcesOf(config))
  live.timers.follow(next)
  live.options.onChange(next)
  live.repository.reportProblems(next.rules.problems)
  await live.report(next)
}

/** Reads files without waiting for remote sources. Never rejects. */
async function refresh(live: Live, which: Which): Promise<void> {
  const groups = [files, remote].map(group =>
    readAndReplace(live, state => group(state) && which(state)),
  )
  await Promise.all(groups).catch(bug =>
    live.options.log.error('Access rules were not reloaded', { cause: errorText(bug) }),
  )
}

async function readAndReplace(live: Live, which: Which): Promise<void> {
  if (live.closed) return
  await live.repository.read(sourcesOf(configOf(live)), { which })
  if (live.held !== undefined) await live.replace(undefined)
}

async function configure(live: Live, config: Config): Promise<void> {
  const { repository } = live
  const locations = sourcesOf(config)
  await repository.read(locations, { which: onlyNew })
  const problem = changeRefusal(repository.loaded(locations).reports)
  if (problem === undefined) return live.replace(config)
  repository.keepOnly(sourcesOf(configOf(live)))
  throw new Error(problem)
}

const sourcesOf = ({ access_rules: rules }: Config): readonly string[] => rules.repositories
