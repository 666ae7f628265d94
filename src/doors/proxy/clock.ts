/** One time limit at a time. */
export interface Clock {
  /** Runs `late` unless `stop` or another `start` comes before. */
  readonly start: (late: () => void) => void
  readonly stop: () => void
}

export function createClock(milliseconds: number): Clock {
  let timer: NodeJS.Timeout | undefined
  return {
    start: late => {
      clearTimeout(timer)
      timer = setTimeout(late, milliseconds)
    },
    stop: () => clearTimeout(timer),
  }
}
