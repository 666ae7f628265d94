/** Waiting for a condition that changes only when a worker sends a message or ends. */
export interface Waiting {
  /** Re-checks every waiting condition. */
  readonly recheck: () => void
  /** Resolves when the condition holds or the time is over; false: it does not hold. */
  readonly until: (holds: () => boolean, milliseconds: number) => Promise<boolean>
}

export function createWaiting(): Waiting {
  const waiting = new Set<() => void>()
  return {
    recheck: () => {
      for (const check of waiting) check()
    },
    until: (holds, milliseconds) =>
      new Promise(resolve => {
        const end = (): void => {
          clearTimeout(timer)
          waiting.delete(check)
          resolve(holds())
        }
        const check = (): void => {
          if (holds()) end()
        }
        const timer = setTimeout(end, milliseconds)
        waiting.add(check)
        check()
      }),
  }
}
