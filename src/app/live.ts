/**
 * Hot reload: build the new rule set, swap one reference. Requests under way finish with the rules they
 * began with; a build that fails changes nothing.
 */
import type { RuleSet } from '../rules/rule-set.ts'

export interface Live {
  readonly current: () => RuleSet
  /** Builds and swaps; reloads asked for meanwhile become one that starts when this one ends. */
  readonly reload: () => Promise<void>
}

export async function createLive(build: () => Promise<RuleSet>): Promise<Live> {
  let current = await build()
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const once = async (): Promise<void> => {
    current = await build()
  }
  const start = (): Promise<void> => {
    running = once().finally(() => {
      running = undefined
    })
    return running
  }
  const queue = (before: Promise<void>): Promise<void> => {
    next ??= before
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
  return {
    current: () => current,
    reload: () => (running === undefined ? start() : queue(running)),
  }
}
