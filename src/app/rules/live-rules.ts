/**
 * The rules that are in force, and the configuration that they were compiled with: one snapshot, swapped
 * by one reference. Requests under way finish with the one they began with; a reload that fails changes
 * nothing.
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
  remote,
  type Which,
  watched,
} from '../../rules/loading/repository.ts'
import { type Built, createRulesBuild } from './build-rules.ts'
import { changeRefusal, startRefusal } from './refuse.ts'
import { createRuleTimers } from './rule-timers.ts'
import { createRulesLog } from './rules-log.ts'

export interface LiveRules {
  readonly current: () => Built
  /** False while a source is waited for that could not be read since the start. */
  readonly complete: () => boolean
  /** How many sources could not be read the last time. */
  readonly failing: () => number
  /** Takes a configuration over; one at a time. Rejects when it cannot be, which changes nothing. */
  readonly configure: (config: Config) => Promise<void>
  /** Reads all sources again. Never rejects. */
  readonly refresh: () => Promise<void>
  readonly close: () => void
}

export interface LiveRulesOptions {
  readonly config: Config
  readonly deps: Deps
  readonly log: Log
  /** Refuse to start when a rule or a source of rules is broken. */
  readonly strict: boolean
  /** Told in the same moment as a reload swaps the snapshot. */
  readonly onChange: (built: Built) => void
}

/** What changes together is read together. Milliseconds. */
const gathering = { quiet: 10, longest: 100 }

/** Rejects when the rules that a start needs cannot be had. */
export async function createLiveRules(options: LiveRulesOptions): Promise<LiveRules> {
  const { deps, log, strict } = options
  let held: Built | undefined
  let closed = false
  const configured = (): Config => held?.config ?? options.config
  const changed = createDebounce(() => void refresh(watched), gathering)
  const repository = createRepository({ http: deps.http, onChange: changed.call })
  const build = createRulesBuild(deps, repository)
  const tell = createRulesLog(log)

  /** Puts in force what the sources hold now, with another configuration if there is one. */
  const swap = createQueue<Config | undefined>(
    async config => {
      if (closed) return
      const next = await build(config ?? configured(), held)
      held = next
      if (config !== undefined) repository.keepOnly(sourcesOf(config))
      timers.follow(next)
      options.onChange(next)
      repository.reportProblems(next.rules.problems)
      await tell(next)
    },
    (earlier, later) => later ?? earlier,
  )
  const readAndSwap = async (which: Which): Promise<void> => {
    if (closed) return
    await repository.read(sourcesOf(configured()), { which })
    if (held !== undefined) await swap(undefined)
  }
  /** Files are not kept waiting by other machines. */
  const refresh = async (which: Which): Promise<void> => {
    const groups = [files, remote].map(group => readAndSwap(state => group(state) && which(state)))
    await Promise.all(groups).catch(bug =>
      log.error('Access rules were not reloaded', { cause: errorText(bug) }),
    )
  }
  const timers = createRuleTimers({
    fetchAgain: () => refresh(remote),
    tryAgain: () => refresh(failing),
  })
  const close = (): void => {
    closed = true
    changed.cancel()
    timers.close()
    repository.close()
  }
  const start = async (config: Config): Promise<void> => {
    const waits = config.access_rules.on_start_error === 'wait'
    await repository.read(sourcesOf(config), { which: everything, retry: !waits })
    const first = await build(config, undefined)
    await tell(first)
    const problem = startRefusal(first, { strict, waits })
    if (problem !== undefined) throw new Error(problem)
    held = first
    repository.reportProblems(first.rules.problems)
    timers.follow(first)
  }

  try {
    await start(options.config)
  } catch (error) {
    close()
    throw error
  }
  // What changed while the first rules were compiled.
  changed.call()
  return {
    current: () => held as Built,
    complete: () => held?.complete === true,
    failing: () => held?.reports.filter(({ problem }) => problem !== undefined).length ?? 0,
    configure: async config => {
      const locations = sourcesOf(config)
      await repository.read(locations, { which: onlyNew })
      const problem = changeRefusal(repository.loaded(locations).reports)
      if (problem === undefined) return swap(config)
      repository.keepOnly(sourcesOf(configured()))
      throw new Error(problem)
    },
    refresh: () => refresh(everything),
    close,
  }
}

const sourcesOf = ({ access_rules: rules }: Config): readonly string[] => rules.repositories
