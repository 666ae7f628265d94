export interface Repeat {
  /** Runs it every so many milliseconds from now on, plus or minus 10 %; 0: never. */
  every(milliseconds: number): void
  /** Stops it finally. */
  close(): void
}

/** The longest time of a timer, in milliseconds. */
const longest = 2 ** 31 - 1

/** Runs something repeatedly, each time after the previous run has ended. Does not keep the process alive. */
export function createRepeat(run: () => Promise<unknown>): Repeat {
  let period = 0
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const schedule = (): void => {
    clearTimeout(timer)
    if (period === 0 || closed) return
    // The random part keeps replicas that started together from calling at the same time forever.
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
