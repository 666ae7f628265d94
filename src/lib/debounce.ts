export interface DebounceOptions {
  /** Milliseconds without a call after which it runs. */
  readonly quiet: number
  /** Milliseconds after the first call at which it runs in any case. */
  readonly longest: number
}

export interface Debounce {
  readonly call: () => void
  readonly cancel: () => void
}

/** Runs once after a burst of calls. The timer does not keep the process alive. */
export function createDebounce(run: () => void, { quiet, longest }: DebounceOptions): Debounce {
  let timer: NodeJS.Timeout | undefined
  let first = 0
  const fire = (): void => {
    timer = undefined
    run()
  }
  return {
    call: () => {
      const now = performance.now()
      if (timer === undefined) first = now
      else clearTimeout(timer)
      const left = Math.max(0, first + longest - now)
      timer = setTimeout(fire, Math.min(quiet, left)).unref()
    },
    cancel: () => {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
