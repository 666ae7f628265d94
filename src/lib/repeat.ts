export interface Repeat {
  /** Runs it every so many milliseconds from now on, give or take a tenth; 0: never. */
  every(milliseconds: number): void
  /** For good. */
  close(): void
}

/** What timers can wait. */
const longest = 2 ** 31 - 1

/** Runs something again and again, each time after the run before has ended. Keeps no process alive. */
export function createRepeat(run: () => Promise<unknown>): Repeat {
  let period = 0
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const schedule = (): void => {
    clearTimeout(timer)
    if (period === 0 || closed) return
    // Many replicas that started together do not ask together for ever.
    const wait = Math.min(longest, period * (0.9 + Math.random() / 5))
    timer = setTimeout(round, wait).unref()
  }
  const round = (): void => {
    run().then(schedule, schedule)
  }
  return {
    every: milliseconds => {
      if (milliseconds === period) return
      period = milliseconds
      schedule()
    },
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}
