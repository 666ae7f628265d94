/** A bound of what runs at the same time; others wait, and too many are refused. */
export interface Slots {
  /** undefined: too many are waiting. */
  readonly run: <T>(work: () => Promise<T>) => Promise<T | undefined>
}

export function createSlots(most: number, mostWaiting: number): Slots {
  let running = 0
  const waiting: (() => void)[] = []
  return {
    run: async work => {
      if (running >= most) {
        if (waiting.length >= mostWaiting) return undefined
        // Whoever ends hands its slot over.
        await new Promise<void>(resolve => waiting.push(resolve))
      } else {
        running += 1
      }
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}
