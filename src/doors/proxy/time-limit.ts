/** A timer for one time limit at a time. */
export interface TimeLimit {
  /** Calls `late` when the time has passed, unless `stop` or `start` is called before. */
  readonly start: (late: () => void) => void
  readonly stop: () => void
}

export function createTimeLimit(milliseconds: number): TimeLimit {
  let timer: NodeJS.Timeout | undefined
  return {
    start: late => {
      clearTimeout(timer)
      timer = setTimeout(late, milliseconds)
    },
    stop: () => clearTimeout(timer),
  }
}
