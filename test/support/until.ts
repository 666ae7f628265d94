import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds. Only a failing test waits so long; a loaded machine may need half of it. */
export const longestWait = 30_000

/** Waits until the condition is true, checking it often; throws when it stays false. `what` may say what was seen last. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string | (() => string),
): Promise<void> {
  const deadline = Date.now() + longestWait
  while (!(await holds())) {
    if (Date.now() > deadline)
      throw new Error(`did not see that ${typeof what === 'string' ? what : what()}`)
    await wait(5)
  }
}
