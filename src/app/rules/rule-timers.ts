import { parseDuration } from '../../lib/duration.ts'
import { createRepeat } from '../../lib/repeat.ts'
import type { Built } from './build-rules.ts'

export interface RuleTimers {
  /** Uses this configuration and the state of the sources from now on. */
  readonly follow: (built: Pick<Built, 'config' | 'reports'>) => void
  readonly close: () => void
}

interface Tasks {
  /** Every `access_rules.refresh`. */
  readonly fetchAgain: () => Promise<unknown>
  /** Every ten seconds while a source cannot be read. */
  readonly tryAgain: () => Promise<unknown>
}

const retryEvery = 10_000
const shortestRefresh = 1000

export function createRuleTimers(tasks: Tasks): RuleTimers {
  const fetchAgain = createRepeat(tasks.fetchAgain)
  const tryAgain = createRepeat(tasks.tryAgain)
  return {
    follow: ({ config, reports }) => {
      const mayMend = reports.some(
        ({ reach, problem }) => reach !== 'fixed' && problem !== undefined,
      )
      const refresh = parseDuration(config.access_rules.refresh)
      fetchAgain.every(refresh === 0 ? 0 : Math.max(shortestRefresh, refresh))
      tryAgain.every(mayMend ? retryEvery : 0)
    },
    close: () => {
      fetchAgain.close()
      tryAgain.close()
    },
  }
}
