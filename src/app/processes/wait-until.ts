/** Waiting for what becomes true only when a worker says something, or is gone. */
export interface News {
  /** There is some: whoever waits looks again. */
  readonly spread: () => void
  /** Resolves when it holds, or when the time is over; false: it does not hold. */
  readonly until: (holds: () => boolean, milliseconds: number) => Promise<boolean>
}

export function createNews(): News {
  const heard = new Set<() => void>()
  return {
    spread: () => {
      for (const listener of heard) listener()
    },
    until: (holds, milliseconds) =>
      new Promise(resolve => {
        const end = (): void => {
          clearTimeout(timer)
          heard.delete(look)
          resolve(holds())
        }
        const look = (): void => {
          if (holds()) end()
        }
        const timer = setTimeout(end, milliseconds)
        heard.add(look)
        look()
      }),
  }
}
